import { atOnce } from "../at-once.ts";
import { defined } from "../defined.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { endOfAuth } from "../wms/auth-kinds.ts";
import { type CheckName, type DoctorPorts, diagnose } from "../wms/diagnose.ts";
import { CodedError } from "../wms/errors.ts";
import type { ExpectedZone } from "../wms/zone-check.ts";
import { isZoneName } from "../zone-name.ts";
import { type PbxEntry, type PbxRegistry, readPbx } from "./registry.ts";
import type { PbxSecret } from "./secret.ts";

export interface HealthPorts {
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface CheckPorts extends DoctorPorts {
  readonly registry: PbxRegistry;
}

/** What is wrong with a PBX, as `wildix doctor` says it; `registration`: its secret cannot be used. */
export interface PbxProblem {
  readonly check: CheckName | "registration";
  readonly detail: string;
  readonly cure: string;
}

export interface PbxHealth {
  readonly pbx: string;
  /** The first thing that is wrong; undefined: every check passed. */
  readonly problem: PbxProblem | undefined;
  /** Whole days until the credentials end; undefined if that is not known. */
  readonly daysLeft: number | undefined;
}

export const checkDefaults = { atOnce: 50, warnDays: 30 };

/** Looks at every PBX of the registry, many at a time; in the registry's order. Throws REGISTRY_UNAVAILABLE only for the list. */
export const checkPbxs = async (ports: CheckPorts): Promise<PbxHealth[]> => {
  const found = new Map<string, PbxHealth>();
  const entries = await ports.registry.list();
  await atOnce(checkDefaults.atOnce, entries, async (entry) => {
    found.set(entry.id, await checkOne(ports, entry));
  });
  return entries.flatMap(({ id }) => found.get(id) ?? []);
};

const checkOne = async (ports: CheckPorts, { id: pbx, timezone }: PbxEntry): Promise<PbxHealth> => {
  let secret: PbxSecret;
  try {
    secret = await readPbx(ports.registry, pbx);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { message, doc } = error;
    return { pbx, daysLeft: undefined, problem: { check: "registration", detail: message, cure: doc.cure } };
  }
  const daysLeft = daysUntilEnd(secret, ports.clock.now());
  const checks = await diagnose(ports, secret.connection, expectedZone(secret, timezone));
  const wrong = checks.find(({ ok }) => !ok);
  return {
    pbx,
    daysLeft,
    problem: wrong && { check: wrong.name, detail: wrong.detail, cure: wrong.cure ?? "" },
  };
};

const daysUntilEnd = (secret: PbxSecret, now: number): number | undefined => {
  const endOfKind = endOfAuth(secret.connection.auth.kind);
  const ends = [
    ...(secret.expiresAt === undefined ? [] : [Date.parse(secret.expiresAt)]),
    ...(endOfKind === undefined ? [] : [endOfKind]),
  ];
  return ends.length === 0 ? undefined : Math.floor((Math.min(...ends) - now) / 86_400_000);
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

/** Checks that fail before a PBX has answered. */
const silent: ReadonlySet<PbxProblem["check"]> = new Set(["host", "dns", "connection", "tls", "is a pbx"]);

/** Says in the log what is wrong with which PBX, and counts it for the fleet. */
export const reportHealth = (ports: HealthPorts, healths: readonly PbxHealth[]): void => {
  const count = (matches: (health: PbxHealth) => boolean): number => healths.filter(matches).length;
  const expiring = ({ daysLeft }: PbxHealth): boolean =>
    daysLeft !== undefined && daysLeft <= checkDefaults.warnDays;
  for (const health of healths) {
    if (health.problem) ports.log.warn("PBX not well", { pbx: health.pbx, ...health.problem });
    if (expiring(health)) ports.log.warn("credentials end soon", { pbx: health.pbx, days: health.daysLeft });
  }
  const wrong = (check: (name: PbxProblem["check"]) => boolean): number =>
    count(({ problem }) => problem !== undefined && check(problem.check));
  ports.metrics.put({
    pbxs_checked: healths.length,
    pbxs_unreachable: wrong((name) => silent.has(name)),
    pbxs_clock_wrong: wrong((name) => name === "clock"),
    pbxs_refusing: wrong((name) => name !== "clock" && name !== "time zone" && !silent.has(name)),
    pbxs_expiring: count(expiring),
  });
};
