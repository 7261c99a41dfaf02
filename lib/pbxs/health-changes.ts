import * as z from "zod/mini";
import { kindOf, type PbxHealth, type PbxProblem, type ProblemKind } from "./check-pbxs.ts";

/** Days before the end of credentials at which operators are notified. */
const endWarnings = [30, 7, 1] as const;

const hourMs = 3_600_000;
/** A PBX that fails again so soon after it worked is unsteady: it would be in two notifications every other hour. */
const unsteadyWithinMs = 24 * hourMs;
/** An unsteady PBX works again if it works for so long. */
export const steadyHours = 6;

const kindSchema = z.enum(["unreachable", "failing", "refusing", "clock", "zone", "registration"]);

/** What the operators know of a PBX. A PBX without a problem for a day and without an end of its credentials has no entry. */
const knownSchema = z.object({
  kind: z.optional(kindSchema),
  /** When the problem was found, epoch ms. */
  since: z.optional(z.number()),
  /** The kinds that were notified since the PBX worked last, if there are several. */
  notified: z.optional(z.array(kindSchema)),
  unsteady: z.optional(z.boolean()),
  /** Of an unsteady PBX that works now: since when, epoch ms. The operators do not know it yet. */
  wellSince: z.optional(z.number()),
  /** When the operators were notified that the PBX works again, epoch ms. */
  ended: z.optional(z.number()),
  /** The lowest of the warnings about the end of the credentials that was sent, days. */
  warned: z.optional(z.number()),
  /** The day on which the credentials end. */
  ends: z.optional(z.string()),
});
export type KnownHealth = z.infer<typeof knownSchema>;
export const knownPbxsSchema = z.record(z.string(), knownSchema);
export type KnownPbxs = Readonly<Record<string, KnownHealth>>;

export interface HealthChanges {
  readonly broken: readonly {
    readonly pbx: string;
    readonly kind: ProblemKind;
    readonly problem: PbxProblem;
    readonly unsteady?: boolean;
  }[];
  /** PBXs without a problem that had one. */
  readonly well: readonly { readonly pbx: string; readonly kind: ProblemKind; readonly since: number }[];
  readonly ending: readonly Pick<PbxHealth, "pbx" | "daysLeft" | "ends">[];
  /** PBXs whose credentials no longer end soon. */
  readonly renewed: readonly string[];
}

/** What changed since the operators were notified last, and what they know after this. A PBX that is gone is forgotten. */
export const compareHealth = (
  known: KnownPbxs,
  healths: readonly PbxHealth[],
  now: number,
): { readonly changes: HealthChanges; readonly next: KnownPbxs } => {
  const broken: HealthChanges["broken"][number][] = [];
  const well: HealthChanges["well"][number][] = [];
  const ending: HealthChanges["ending"][number][] = [];
  const renewed: string[] = [];
  const next: Record<string, KnownHealth> = {};
  for (const health of healths) {
    const { pbx, problem, daysLeft, ends, lender } = health;
    const before = known[pbx] ?? {};
    if (health.unchecked) {
      if (known[pbx] !== undefined) next[pbx] = before;
      continue;
    }
    const after: KnownHealth = {};
    if (problem !== undefined) {
      Object.assign(after, whenBroken(before, kindOf(problem), now));
      const { kind = kindOf(problem), unsteady = false } = after;
      if (!notifiedOf(before).includes(kind))
        broken.push({ pbx, kind, problem, ...(unsteady && { unsteady }) });
    } else {
      Object.assign(after, whenWell(before, now));
      if (before.kind !== undefined && after.kind === undefined)
        well.push({ pbx, kind: before.kind, since: before.since ?? now });
    }

    // the secret of such a PBX, and so the end of its credentials, is not known
    const isUnread = problem?.check === "registration" && daysLeft === undefined;
    const level = isUnread ? before.warned : warningFor(daysLeft);
    // the credentials of another PBX, which has the warning
    const warning = lender === undefined ? level : undefined;
    if (warning !== undefined) {
      // the end of other credentials: the warnings of the earlier end do not count
      const isLater = ends !== undefined && before.ends !== undefined && ends.day > before.ends;
      const warned = isLater ? undefined : before.warned;
      after.warned = Math.min(warning, warned ?? warning);
      if (warning < (warned ?? Number.POSITIVE_INFINITY))
        ending.push({ pbx, daysLeft, ...(ends && { ends }) });
    } else if (before.warned !== undefined && lender === undefined) renewed.push(pbx);
    const end = isUnread ? before.ends : ends?.day;
    if (end !== undefined) after.ends = end;
    if (Object.keys(after).length > 0) next[pbx] = after;
  }
  return { changes: { broken, well, ending, renewed }, next };
};

/** The kinds that were notified since the PBX worked last. */
const notifiedOf = ({ kind, notified }: KnownHealth): readonly ProblemKind[] =>
  notified ?? (kind === undefined ? [] : [kind]);

const isRecent = ({ ended }: KnownHealth, now: number): boolean =>
  ended !== undefined && now - ended < unsteadyWithinMs;

const whenBroken = (before: KnownHealth, kind: ProblemKind, now: number): KnownHealth => {
  const notified = [...new Set([...notifiedOf(before), kind])];
  return {
    kind,
    since: before.kind === kind ? (before.since ?? now) : now,
    ...(notified.length > 1 && { notified }),
    ...((before.unsteady || isRecent(before, now)) && { unsteady: true }),
  };
};

const whenWell = (before: KnownHealth, now: number): KnownHealth => {
  if (before.kind === undefined) return isRecent(before, now) ? { ended: before.ended } : {};
  const { kind, since, notified, unsteady, wellSince = now } = before;
  if (!unsteady || now - wellSince >= steadyHours * hourMs) return { ended: now };
  return { kind, ...(since !== undefined && { since }), ...(notified && { notified }), unsteady, wellSince };
};

const warningFor = (daysLeft: number | undefined): number | undefined =>
  daysLeft === undefined ? undefined : endWarnings.findLast((days) => daysLeft <= days);
