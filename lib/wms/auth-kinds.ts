interface KindOfAuth {
  /** Fields of a secret, all of them needed. The environment has them as WILDIX_ and the name in capitals. */
  readonly fields: readonly string[];
  /** The field that must never be shown. */
  readonly secret: string;
  /** Name of that field for a person who types it. */
  readonly label: string;
  /** When the PBXs stop accepting this kind, ISO 8601. */
  readonly ends?: string;
}

/** Reported by one public client for S2S and simple tokens, not found on the vendor's pages. */
const reportedEnd = "2027-05-01T00:00:00Z";

/**
 * Every kind of credentials of a PBX, with what the schema of secrets, the environment, the command and masking need to know. A
 * new kind is added here; lib/wms/signing/sign.ts and lib/wms/diagnose.ts know what a kind does on the wire.
 */
export const authKinds = {
  s2s: {
    fields: ["app_id", "app_name", "secret_key"],
    secret: "secret_key",
    label: "Secret key",
    ends: reportedEnd,
  },
  api_key: { fields: ["api_key"], secret: "api_key", label: "Company API key" },
  token: { fields: ["token"], secret: "token", label: "Token", ends: reportedEnd },
} as const satisfies Readonly<Record<string, KindOfAuth>>;

export type AuthKind = keyof typeof authKinds;
type FieldsOf<Kind extends AuthKind> = (typeof authKinds)[Kind]["fields"][number];
export type AuthField = FieldsOf<AuthKind>;

/** How requests to one PBX are authenticated. */
export type Auth = {
  [Kind in AuthKind]: { readonly kind: Kind } & { readonly [Field in FieldsOf<Kind>]: string };
}[AuthKind];

const kinds: ReadonlyMap<AuthKind, KindOfAuth> = new Map(
  Object.entries(authKinds) as [AuthKind, KindOfAuth][],
);

/** In the order in which they are documented. */
export const authKindNames: readonly AuthKind[] = [...kinds.keys()];
export const authFields = [...kinds.values()].flatMap(
  ({ fields }) => fields,
) as readonly AuthField[] as readonly [AuthField, ...AuthField[]];
export const secretAuthFields: readonly string[] = [...kinds.values()].map(({ secret }) => secret);

/** When credentials of a kind stop working on every PBX, epoch ms; undefined: not announced. */
export const endOfAuth = (kind: AuthKind): number | undefined => {
  const ends = kinds.get(kind)?.ends;
  return ends === undefined ? undefined : Date.parse(ends);
};

/** What a person may give, for messages: "app_id, app_name and secret_key, or api_key, or token". */
export const authChoices = (nameOf: (field: string) => string = (field) => field): string =>
  [...kinds.values()]
    .map(({ fields }) =>
      fields.length === 1
        ? fields.map(nameOf).join("")
        : `${fields.slice(0, -1).map(nameOf).join(", ")} and ${fields.slice(-1).map(nameOf).join("")}`,
    )
    .join(", or ");

/** `given`: the names of the fields that are given; of several kinds, those of each kind. */
export type ReadAuth =
  | { readonly found: "one"; readonly auth: Auth }
  | { readonly found: "none" }
  | { readonly found: "part"; readonly given: readonly string[]; readonly missing: readonly string[] }
  | { readonly found: "several"; readonly given: readonly (readonly string[])[] };

/** What is wrong with credentials of several kinds, by their names. */
export const notTogether = (names: readonly string[]): string =>
  `\`${names.join("`, `")}\` must not be set together, because a PBX has one kind of credentials. Keep one kind.`;

/** The credentials among the fields that are given. */
export const readAuth = (given: { readonly [Field in AuthField]?: string | undefined }): ReadAuth => {
  const begun = [...kinds].flatMap(([kind, { fields }]) => {
    const values = fields.flatMap((field) => {
      const value = given[field as AuthField];
      return value === undefined ? [] : [[field, value] as const];
    });
    return values.length === 0 ? [] : [{ kind, fields, values }];
  });
  const [first, ...others] = begun;
  if (first === undefined) return { found: "none" };
  if (others.length > 0)
    return { found: "several", given: begun.map(({ values }) => values.map(([field]) => field)) };
  const names = first.values.map(([field]) => field);
  const missing = first.fields.filter((field) => !names.includes(field));
  if (missing.length > 0) return { found: "part", given: names, missing };
  return { found: "one", auth: { kind: first.kind, ...Object.fromEntries(first.values) } as Auth };
};
