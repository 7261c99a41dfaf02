import { atOnce } from "../at-once.ts";
import { defined } from "../defined.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { endOfAuth } from "../wms/auth-kinds.ts";
import { type Check, type CheckName, type DoctorPorts, diagnose } from "../wms/diagnose.ts";
import { CodedError } from "../wms/errors.ts";
import type { ExpectedZone } from "../wms/zone-check.ts";
import { isZoneName } from "../zone-name.ts";
import { isCustomer } from "./customer.ts";
import { type PbxEntry, type PbxRegistry, readPbx } from "./registry.ts";
import type { PbxSecret } from "./secret.ts";

export interface HealthPorts {
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface CheckPorts extends DoctorPorts {
  readonly registry: PbxRegistry;
  /** Ms until the function is stopped; undefined: there is no limit. */
  readonly timeLeft?: () => number;
  /** Called after each PBX. */
  readonly progress?: (checked: number, pbxs: number) => void;
  /** @default the checks of lib/wms/diagnose.ts: a dialplan can know targets of callbacks that the PBX does not list */
  readonly diagnose?: (secret: PbxSecret, expected: ExpectedZone | undefined) => Promise<readonly Check[]>;
}

/** What is wrong with a PBX, as `wildix doctor` says it; `registration`: its secret cannot be used. */
export interface PbxProblem {
  readonly check: CheckName | "registration";
  readonly detail: string;
  readonly cure: string;
}

export interface PbxHealth {
  readonly pbx: string;
  /** What is wrong; undefined: every check passed. A wrong clock, only if nothing else is wrong. */
  readonly problem: PbxProblem | undefined;
  /** Whole days until the credentials end; undefined if that is not known. */
  readonly daysLeft: number | undefined;
  /** The day on which the credentials end: from the secret, or from the report on this kind of credentials. */
  readonly ends?: { readonly day: string; readonly from: "secret" | "report" };
  /** The PBX whose credentials this one uses: its operators renew them. */
  readonly lender?: string;
  /** True: the check did not reach the PBX, because AWS did not answer or time ran out. It says nothing about the PBX. */
  readonly unchecked?: boolean;
}

export const checkDefaults = {
  atOnce: 100,
  warnDays: 30,
  /** No check of a PBX begins with less time left, ms: it can wait for five answers of 10 s. */
  reserveMs: 60_000,
};

/** Looks at every PBX of the registry, many at a time; in the registry's order. Throws REGISTRY_UNAVAILABLE only for the list. */
export const checkPbxs = async (ports: CheckPorts): Promise<PbxHealth[]> => {
  const found = new Map<string, PbxHealth>();
  const entries = await ports.registry.list();
  ports.progress?.(0, entries.length);
  const { timeLeft = () => Number.POSITIVE_INFINITY } = ports;
  await atOnce(checkDefaults.atOnce, entries, async (entry) => {
    const { id: pbx } = entry;
    const health =
      timeLeft() < checkDefaults.reserveMs
        ? { pbx, problem: undefined, daysLeft: undefined, unchecked: true }
        : await checkOne(ports, entry);
    found.set(pbx, health);
    ports.progress?.(found.size, entries.length);
  });
  return entries.flatMap(({ id }) => found.get(id) ?? []);
};

/** What keeps the planner from exporting a PBX: a time zone or a customer that is not valid. */
export const entryProblem = ({ id, timezone, exported, customer }: PbxEntry): PbxProblem | undefined => {
  if (!exported) return undefined;
  const wrong =
    timezone !== undefined && !isZoneName(timezone)
      ? "`timezone` must be an IANA time zone"
      : customer !== undefined && !isCustomer(customer)
        ? "`customer` must be 1 to 63 lower-case letters, digits or hyphens, with a letter or digit at both ends"
        : undefined;
  if (wrong === undefined) return undefined;
  const [, field = ""] = /`(\w+)`/.exec(wrong) ?? [];
  return {
    check: "registration",
    detail: `${wrong}; until then, the call history is not exported`,
    cure: `Set \`${field}\` of ${id} to a valid value: the tag wildix:${field} of its secret, or the field of a file or a shared secret.`,
  };
};

const checkOne = async (ports: CheckPorts, entry: PbxEntry): Promise<PbxHealth> => {
  const { id: pbx, timezone } = entry;
  let secret: Awaited<ReturnType<typeof readPbx>>;
  try {
    secret = await readPbx(ports.registry, pbx);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { code, message, doc } = error;
    const problem = { check: "registration", detail: message, cure: doc.fix } as const;
    return { pbx, daysLeft: undefined, problem, unchecked: code === "REGISTRY_UNAVAILABLE" };
  }
  const { credentialsFrom: lender } = secret;
  const ends = { ...endOfCredentials(secret, ports.clock.now()), ...defined({ lender }) };
  const unfit = entryProblem(entry);
  if (unfit !== undefined) return { pbx, ...ends, problem: unfit };
  const expected = expectedZone(secret, timezone);
  const checks = await (ports.diagnose?.(secret, expected) ?? diagnose(ports, secret.connection, expected));
  // one after a wrong clock is worse
  const wrong = checks.findLast(({ ok }) => !ok);
  return {
    pbx,
    ...ends,
    problem: wrong && { check: wrong.name, detail: wrong.detail, cure: wrong.cure ?? "" },
  };
};

/** When a PBX's credentials end. */
export interface CredentialsEnd {
  /** Epoch ms. */
  readonly at: number;
  /** From the secret, or from the report on this kind of credentials. */
  readonly from: "secret" | "report";
}

/** The earlier of both ends; undefined if none is known. */
export const credentialsEnd = (secret: PbxSecret): CredentialsEnd | undefined => {
  const reported = endOfAuth(secret.connection.auth.kind) ?? Number.POSITIVE_INFINITY;
  const own = secret.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(secret.expiresAt);
  const at = Math.min(reported, own);
  return at === Number.POSITIVE_INFINITY ? undefined : { at, from: own <= reported ? "secret" : "report" };
};

/** Whole days until a time, epoch ms. */
export const daysUntil = (at: number, now: number): number => Math.floor((at - now) / 86_400_000);

const endOfCredentials = (secret: PbxSecret, now: number): Pick<PbxHealth, "daysLeft" | "ends"> => {
  const end = credentialsEnd(secret);
  if (end === undefined) return { daysLeft: undefined };
  return {
    daysLeft: daysUntil(end.at, now),
    ends: { day: new Date(end.at).toISOString().slice(0, 10), from: end.from },
  };
};

/** The zone in which a PBX's rows must be; undefined if none is given or the one given is not a zone. */
export const expectedZone = (
  { settings }: PbxSecret,
  timezone: string | undefined,
): ExpectedZone | undefined => {
  const zone = timezone ?? settings.timezone;
  return zone === undefined || !isZoneName(zone)
    ? undefined
    : { zone, ...defined({ country: settings.country }) };
};

/** Kinds of problems, as an operator sees them. */
export type ProblemKind = "unreachable" | "failing" | "refusing" | "clock" | "zone" | "registration";

const kinds = {
  host: "unreachable",
  dns: "unreachable",
  connection: "unreachable",
  tls: "unreachable",
  "is a pbx": "unreachable",
  answers: "failing",
  clock: "clock",
  "app id": "refusing",
  "this pbx": "refusing",
  "app name": "refusing",
  secret: "refusing",
  credentials: "refusing",
  rights: "refusing",
  version: "refusing",
  "time zone": "zone",
  callbacks: "registration",
  targets: "registration",
  registration: "registration",
} as const satisfies Record<PbxProblem["check"], ProblemKind>;

export const kindOf = ({ check }: PbxProblem): ProblemKind => kinds[check];

/** Says in the log what is wrong with which PBX, and counts it for the fleet. */
export const reportHealth = (ports: HealthPorts, healths: readonly PbxHealth[]): void => {
  const checked = healths.filter(({ unchecked }) => unchecked !== true);
  const count = (matches: (health: PbxHealth) => boolean): number => checked.filter(matches).length;
  const expiring = ({ daysLeft }: PbxHealth): boolean =>
    daysLeft !== undefined && daysLeft <= checkDefaults.warnDays;
  for (const health of healths) {
    if (health.unchecked) ports.log.warn("PBX not checked", { pbx: health.pbx, ...health.problem });
    else if (health.problem) ports.log.warn("PBX failed a check", { pbx: health.pbx, ...health.problem });
    if (expiring(health)) ports.log.warn("credentials end soon", { pbx: health.pbx, days: health.daysLeft });
  }
  const wrong = (...of: readonly ProblemKind[]): number =>
    count(({ problem }) => problem !== undefined && of.includes(kindOf(problem)));
  ports.metrics.put({
    pbxs_checked: checked.length,
    pbxs_unreachable: wrong("unreachable"),
    pbxs_clock_wrong: wrong("clock"),
    pbxs_refusing: wrong("refusing", "failing", "registration"),
    pbxs_expiring: count(expiring),
  });
};
