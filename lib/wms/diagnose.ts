import { lookup } from "node:dns/promises";
import type { Clock } from "./clock.ts";
import { defined } from "./defined.ts";
import { WmsError } from "./errors.ts";
import { parseJson } from "./json.ts";
import { readRecords } from "./sending/answer.ts";
import type { Transport, TransportResult } from "./sending/transport.ts";
import { checkConnection } from "./signing/host.ts";
import { sign } from "./signing/sign.ts";
import type { Connection, WmsParams } from "./types.ts";
import { type ExpectedZone, zoneMismatch } from "./zone-check.ts";

export type CheckName =
  | "host"
  | "dns"
  | "connection"
  | "tls"
  | "is a pbx"
  | "answers"
  | "clock"
  | "app id"
  | "this pbx"
  | "app name"
  | "secret"
  | "credentials"
  | "rights"
  | "version"
  | "time zone"
  | "callbacks"
  | "targets";

export interface Check {
  readonly name: CheckName;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do, where it is not ok. */
  readonly cure?: string;
}

export interface DoctorPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Addresses of a host name; rejects for an unknown one. */
  readonly resolve: (name: string) => Promise<unknown>;
  /** Ends the checks: they throw its reason. */
  readonly signal?: AbortSignal;
}

export const resolveName = (name: string): Promise<unknown> => lookup(name.replace(/^\[|\]$/g, ""));

interface Answer {
  readonly status: number;
  readonly date: string | undefined;
  readonly body: string;
  readonly reason: string;
}

/** Clocks further apart than this make a PBX refuse tokens, ms. */
const tolerable = 5_000;
const patience = 10_000;
/** Newest legs that are compared with the time zone. */
const comparedLegs = 20;

/**
 * Why a PBX refuses: the checks in order, up to the first that fails, but for a clock that is wrong. If the PBX's own words do not
 * say it, requests with a wrong app id, secret and name follow, and the answers are compared.
 */
export const diagnose = async (
  ports: DoctorPorts,
  connection: Connection,
  expected?: ExpectedZone,
): Promise<Check[]> => {
  const checks: Check[] = [];
  const good = (name: CheckName, detail: string): void => void checks.push({ name, ok: true, detail });
  const bad = (name: CheckName, detail: string, fix: string): Check[] => [
    ...checks,
    { name, ok: false, detail, cure: fix },
  ];

  let host: { name: string };
  try {
    host = checkConnection(connection);
  } catch (error) {
    if (!(error instanceof WmsError)) throw error;
    return bad("host", error.message, error.doc.fix);
  }
  good("host", `${connection.host} can be used`);
  try {
    await ports.resolve(host.name);
  } catch {
    return bad(
      "dns",
      `the name ${host.name} is not known`,
      "Check the spelling of the host. The name of a PBX on premises may need the company's DNS server.",
    );
  }
  good("dns", "the name is known");

  const first = await ask(ports, connection);
  if (!("status" in first)) return noAnswer(first, bad);
  good("connection", "something responds");
  good("tls", connection.host.startsWith("https:") ? "the certificate is trusted" : "not used on loopback");
  if (!isWms(first)) {
    return bad(
      "is a pbx",
      `the host responds with ${first.status}, but the response is not from a PBX (a web page, a portal, a proxy)`,
      "Use the PBX's own host name, for example https://NAME.wildixin.com.",
    );
  }
  good("is a pbx", "the WMS API responds");
  const difference = first.date === undefined ? Number.NaN : Date.parse(first.date) - ports.clock.now();
  let [asking, answer] = [ports, first];
  if (Math.abs(difference) > tolerable) {
    const seconds = Math.round(Math.abs(difference) / 1000);
    checks.push({
      name: "clock",
      ok: false,
      detail: `the PBX's clock is ${seconds} s ${difference > 0 ? "ahead of" : "behind"} this computer's`,
      cure: "Set both clocks with NTP. Until then, requests are signed with the PBX's time.",
    });
    // a wrong clock stops no request, and must not hide what does
    asking = { ...ports, clock: { ...ports.clock, now: () => ports.clock.now() + difference } };
    const again = await ask(asking, connection);
    if (!("status" in again)) return noAnswer(again, bad);
    answer = again;
  } else good("clock", Number.isNaN(difference) ? "the PBX does not send its time" : "the clocks agree");
  if (answer.status === 401) return [...checks, await explain401(asking, connection, answer)];
  const unwell = failing(answer);
  if (unwell !== undefined) return bad("answers", ...unwell);
  good(connection.auth.kind === "s2s" ? "app id" : "credentials", "the PBX accepts the credentials");

  const history = await ask(asking, connection, "/api/v1/PBX/CallHistory/", {
    count: comparedLegs,
    sort: "start",
    dir: "DESC",
  });
  if (!("status" in history)) return noAnswer(history, bad);
  if (history.status === 403 || answer.status === 403) {
    return bad(
      "rights",
      `the PBX knows the application, but the user of the application may not read ${history.status === 403 ? "call history" : "the version"} (403)`,
      "In WMS, give the permission to the ACL group of the application's user. If you use a key, give it the scope.",
    );
  }
  if (history.status === 404)
    return bad("version", "this version of WMS has no route for call history (404)", updateFix);
  const failed = failing(history);
  if (failed !== undefined) return bad("answers", ...failed);
  good("rights", "call history may be read");
  const found = answer.status === 200 ? /\d+(?:\.\d+)+/.exec(answer.body)?.[0] : undefined;
  if (found !== undefined && Number.parseInt(found, 10) < 5) return bad("version", tooOld(found), updateFix);
  good("version", found === undefined ? "the PBX does not send its version" : `WMS ${found}`);
  if (expected === undefined) return checks;
  const rows = newestRows(history.body);
  const mismatch = zoneMismatch(rows, expected);
  if (mismatch !== undefined) return bad("time zone", mismatch.detail, mismatch.fix);
  good("time zone", rows.length === 0 ? "no leg to compare with" : `the newest legs fit ${expected.zone}`);
  return checks;
};

/** What is wrong with a PBX that lets a request in and does not answer it; 403 and 404 are other matters. */
const failing = ({ status, body, reason }: Answer): [detail: string, fix: string] | undefined => {
  const said = reason === "" ? "" : ` ("${reason}")`;
  if (status === 429)
    return [
      "the PBX received too many requests (429)",
      "Wait a minute. Check whether another program sends many requests to this PBX.",
    ];
  if (status >= 500)
    return [
      `the PBX has an internal error (${status})${said}`,
      "Check the log, the disk and the load of the PBX.",
    ];
  const refused = status !== 403 && status !== 404 && (status < 200 || status > 299);
  if (refused || (status === 200 && /"type"\s*:\s*"error"/.test(body)))
    return [
      `the PBX responds with ${status} and an error${said}`,
      "Read the PBX's message. Try the same request on the PBX's API page, /api/v1/doc/.",
    ];
  return undefined;
};

const updateFix = "Update the PBX to WMS 5 or newer (7.09 for company API keys).";
const tooOld = (version: string): string => `WMS ${version} is too old for this kind of credentials`;

/** None if the answer has no row; what else is wrong with it is another check's. */
const newestRows = (body: string): readonly Readonly<Record<string, unknown>>[] => {
  try {
    return readRecords({ status: 200, headers: [], body }).records;
  } catch {
    return [];
  }
};

const isWms = (answer: Answer): boolean => {
  try {
    const envelope = parseJson(answer.body);
    return typeof envelope === "object" && envelope !== null && "type" in envelope;
  } catch {
    return false;
  }
};

const noAnswer = (
  result: Exclude<TransportResult, { kind: "response" }>,
  bad: (name: CheckName, detail: string, fix: string) => Check[],
): Check[] => {
  const code =
    typeof result.cause === "object" && result.cause !== null && "code" in result.cause
      ? String(result.cause.code)
      : "";
  if (/WRONG_VERSION|EPROTO/.test(code)) {
    return bad(
      "tls",
      `the port answers, but not with TLS (${code})`,
      "Check the port: the default of https is 443.",
    );
  }
  if (/CERT|SSL|TLS|ALTNAME|SELF_SIGNED|UNABLE_TO|EPROTO/.test(code)) {
    return bad(
      "tls",
      `the certificate is not trusted (${code})`,
      "Use the name in the certificate, or install a valid certificate on the PBX. To trust another certificate authority, set NODE_EXTRA_CA_CERTS.",
    );
  }
  const silent = code === "" ? "nothing responds in time" : `nothing responds (${code})`;
  return bad(
    "connection",
    silent,
    "Check the port. Check that the PBX runs, and that no firewall blocks this computer.",
  );
};

const wrongKey = "doctor-0123456789abcdef0123456789abcdef";

/** Compares the PBX's refusal with those of requests that are wrong on purpose. */
const explain401 = async (ports: DoctorPorts, connection: Connection, answer: Answer): Promise<Check> => {
  const { auth } = connection;
  const said = answer.reason === "" ? "" : ` ("${answer.reason}")`;
  const fault = (name: CheckName, detail: string, fix: string): Check => ({
    name,
    ok: false,
    detail: `${detail}${said}`,
    cure: fix,
  });
  if (/basic auth|log ?in|session/i.test(answer.reason))
    return fault("version", "the PBX does not know signed requests", updateFix);
  if (/another pbx|other pbx|different pbx/i.test(answer.reason)) {
    return fault(
      "this pbx",
      "the application belongs to another PBX",
      "Create an application on this PBX (WMS -> PBX -> Integrations -> Applications -> Server to Server), or use the host of the PBX on which it was created.",
    );
  }
  if (auth.kind !== "s2s")
    return fault(
      "credentials",
      "the PBX refuses the key",
      "Create a new key. Company API keys need WMS 7.09, and expire after at most one year.",
    );

  const reasonWith = async (change: Partial<typeof auth>): Promise<string> => {
    const other = await ask(ports, { ...connection, auth: { ...auth, ...change } });
    return "status" in other ? other.reason : "";
  };
  const [appId, secret, name] = [
    await reasonWith({ app_id: wrongKey }),
    await reasonWith({ secret_key: wrongKey }),
    await reasonWith({ app_name: wrongKey }),
  ];
  if (answer.reason === appId && appId !== "" && secret === appId && name === appId) {
    return fault(
      "app id",
      "the PBX has no application with this app_id, or does not show which credential is wrong",
      "Copy the app id again. An application works only on the PBX on which it was created.",
    );
  }
  if (answer.reason === secret && secret !== appId)
    return fault(
      "secret",
      "the secret is wrong",
      "Copy secret_key again (the eye icon beside the application).",
    );
  if (answer.reason === name && name !== appId)
    return fault("app name", "the app name is wrong", "Copy app_name from WMS exactly, letter for letter.");
  return fault(
    "credentials",
    "the PBX refuses the request and does not say why",
    "Check app_id first, which is valid for one host only, then secret_key, then app_name.",
  );
};

const ask = async (
  ports: DoctorPorts,
  connection: Connection,
  path = "/api/v1/PBX/version/",
  params?: WmsParams,
): Promise<Answer | Exclude<TransportResult, { kind: "response" }>> => {
  const { origin } = checkConnection(connection);
  const request = { method: "GET" as const, path, ...defined({ params }) };
  const result = await ports.transport({
    method: "GET",
    origin,
    timeoutMs: patience,
    ...defined({ signal: ports.signal }),
    prepare: () => sign(connection, request, Math.floor(ports.clock.now() / 1000)),
  });
  ports.signal?.throwIfAborted();
  if (result.kind !== "response") return result;
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of result.body) chunks.push(chunk);
  } catch (cause) {
    ports.signal?.throwIfAborted();
    return { kind: "maybeSent", cause };
  }
  const body = Buffer.concat(chunks).toString("utf8").slice(0, 100_000);
  const date = result.headers.find(([name]) => name.toLowerCase() === "date")?.[1];
  return {
    status: result.status,
    date,
    body,
    reason: /"reason"\s*:\s*"([^"]{1,200})"/.exec(body)?.[1] ?? "",
  };
};
