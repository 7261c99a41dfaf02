import type { CallerKeys } from "../../lib/callers/keys.ts";
import { isError } from "../../lib/errors.ts";
import { listed } from "../../lib/listed.ts";
import { localKeys, localRegistry, localState, pbxFileOf, requestsPerSecond } from "../../lib/local/ports.ts";
import { unusable } from "../../lib/pbxs/pbx-list.ts";
import { createPbxs, type Pbx, type Pbxs } from "../../lib/pbxs/pbxs.ts";
import { isPbxId, type PbxEntry, type PbxRegistry, readPbx, unknownPbx } from "../../lib/pbxs/registry.ts";
import type { PbxSecret } from "../../lib/pbxs/secret.ts";
import type { StateStore } from "../../lib/state.ts";
import type { Clock } from "../../lib/wms/clock.ts";
import { nodeTransport } from "../../lib/wms/sending/node-transport.ts";
import type { Connection } from "../../lib/wms/types.ts";
import type { Output } from "../terminal/output.ts";
import { number, UsageError } from "../terminal/output.ts";
import { endpointFault, readRegion, stageFault } from "../typed/deployment-names.ts";
import { withPbx } from "../typed/typed-names.ts";

/** Passed to every command. */
export interface Context {
  readonly output: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: () => Promise<string>;
  readonly clock: Clock;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** An error of the library that names the option or the variable that was typed. */
  readonly inTypedNames: (error: unknown) => unknown;
}

/** Options that every command talking to a PBX takes. */
export interface PbxOptions {
  readonly pbx?: string;
  readonly pbxs?: string;
  readonly json?: boolean;
  /** Only of commands that have `--stage`. */
  readonly stage?: string;
  readonly region?: string;
}

export interface OpenPbx {
  readonly pbx: Pbx;
  readonly entry: PbxEntry;
}

/** Acts on the PBX that a command means: the one named, or the only one. Errors of the connection name PBX and host. */
export const onPbx = async <T>(
  context: Context,
  options: PbxOptions,
  act: (opened: OpenPbx) => Promise<T>,
): Promise<T> => {
  const opened = await openPbx(context, options);
  const { id } = opened.pbx;
  const host = async () => (await ownConnection(context, { ...options, pbx: id })).host;
  return namingPbx(id, host, () => act(opened));
};

/** Acts on a PBX. Errors of the connection name the PBX, if it has an id, and the host. */
export const namingPbx = async <T>(
  pbx: string | undefined,
  host: () => Promise<string>,
  act: () => Promise<T>,
): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    throw await withPbx(error, pbx, host);
  }
};

/** The host of a PBX, read when it is needed. */
export const hostIn = (registry: PbxRegistry, pbx: string) => async (): Promise<string> =>
  (await readPbx(registry, pbx)).connection.host;

/** The PBX that a command means: the one named, or the only one. */
const openPbx = async (context: Context, options: PbxOptions): Promise<OpenPbx> => {
  const registry = await openRegistry(context, options);
  const entries = await registry.list();
  const id = options.pbx ?? onlyId(context, options, entries);
  const entry = entries.find((each) => each.id === id);
  const pbx = await withNear(localPbxs(context, registry).get(id), id, entries);
  return { pbx, entry: entry ?? unlisted(pbx.id) };
};

/** A PBX that is read when it is its turn, so that an entry which cannot be used stops no other PBX. */
export interface ClosedPbx {
  readonly entry: PbxEntry;
  readonly open: () => Promise<Pbx>;
  readonly host: () => Promise<string>;
}

/** The PBXs that a command means: those named, or the only one, or all of the file that are exported. */
export const findPbxs = async (
  context: Context,
  options: { readonly pbx?: readonly string[]; readonly pbxs?: string },
): Promise<ClosedPbx[]> => {
  const registry = localRegistry(context.env, options.pbxs);
  const [entries, pbxs] = [await registry.list(), localPbxs(context, registry)];
  const exported = entries.filter((entry) => entry.exported).map(({ id }) => id);
  if (options.pbx === undefined && entries.length > 1 && exported.length === 0)
    throw new UsageError(
      "No PBX of the file is exported. Set the `timezone` of a PBX whose export is not off, or name a PBX with `--pbx`.",
    );
  const known = idsOf(entries);
  const unknown = options.pbx?.find((id) => !known.includes(id));
  if (unknown !== undefined) throw unknownPbx(unknown, known);
  const ids = options.pbx ?? (entries.length > 1 ? exported : [onlyId(context, options, entries)]);
  return [...new Set(ids)].map((id) => ({
    entry: entries.find((entry) => entry.id === id) ?? unlisted(id),
    open: () => pbxs.get(id),
    host: hostIn(registry, id),
  }));
};

const localPbxs = ({ clock }: Context, registry: PbxRegistry): Pbxs =>
  createPbxs({
    registry,
    transport: nodeTransport(),
    clock,
    random: Math.random,
    requestsPerSecond,
  });

const unlisted = (id: string): PbxEntry => ({
  id,
  timezone: undefined,
  exported: false,
  registeredAt: undefined,
});

/** A deployment's region. Throws UsageError for a wrong region, or a wrong address of AWS. */
export const regionOf = (context: Context, named: string | undefined): string => {
  const { region, fault = endpointFault(context.env) } = readRegion(named, context.env);
  if (fault !== undefined) throw new UsageError(fault);
  return region;
};

export const checkStage = (stage: string): string => {
  const fault = stageFault(stage);
  if (fault !== undefined) throw new UsageError(fault);
  return stage;
};

/** The PBXs of a deployment on AWS if a stage is named, read with the rights of the person; otherwise of this machine. */
export const openRegistry = async (context: Context, options: PbxOptions): Promise<PbxRegistry> => {
  const { stage, region, pbxs } = options;
  if (stage === undefined) return localRegistry(context.env, pbxs);
  if (pbxs !== undefined) throw new UsageError("Give `--stage` or `--pbxs`, not both.");
  const where = regionOf(context, region);
  // loaded here, so that no other command waits for the SDK
  const { deployedRegistry } = await import("../../lib/aws/deployed/registry.ts");
  return deployedRegistry(checkStage(stage), where);
};

/** Options of every command about the callers' keys. */
export interface KeysOptions {
  readonly stage?: string;
  readonly region?: string;
  readonly keys?: string;
  readonly json?: boolean;
}

/** The callers' keys of a deployment on AWS if a stage (or WILDIX_KEYS_SECRET) is named, otherwise of this machine's file. */
export const openKeys = async (context: Context, options: KeysOptions): Promise<CallerKeys> => {
  const { stage, keys } = options;
  if (stage !== undefined && keys !== undefined)
    throw new UsageError("Give `--stage` or `--keys`, not both.");
  if (stage !== undefined) checkStage(stage);
  const secret =
    stage === undefined
      ? keys === undefined
        ? context.env["WILDIX_KEYS_SECRET"]
        : undefined
      : `/wildix/${stage}/keys`;
  if (!secret) return localKeys(context.env, keys);
  // loaded here, so that no other command waits for the SDK
  const { awsKeys } = await import("../../lib/aws/caller-keys.ts");
  return awsKeys(secret, regionOf(context, options.region));
};

/** Options of every command about what a deployment remembers. */
export interface StateOptions {
  readonly stage?: string;
  readonly region?: string;
  readonly out: string;
}

/** The state of a deployment on AWS if a stage is named, otherwise of this machine. */
export const openState = async (context: Context, options: StateOptions): Promise<StateStore> => {
  const { stage, region, out } = options;
  if (stage === undefined) return localState(context.env, out, context.clock);
  const where = regionOf(context, region);
  // loaded here, so that no other command waits for the SDK
  const { awsStateOf } = await import("../../lib/aws/ports/state-ports.ts");
  const { stackOutputs } = await import("../../lib/aws/deployed/stack.ts");
  const output = await stackOutputs(checkStage(stage), where);
  return awsStateOf(output("StateTableName"), where);
};

/** The error if a command needs one PBX, and there are several. */
export const severalPbxs = (ids: readonly string[]): UsageError =>
  new UsageError(
    ids.length === 0
      ? "No PBX is registered."
      : `There are ${number(ids.length)} PBXs. Name one with \`--pbx\`: ${listed(ids)}`,
  );

/** The only PBX where a command looks for PBXs. Throws if there is none, or more than one. */
export const onlyId = (
  { env }: Pick<Context, "env">,
  { stage, pbxs }: { readonly stage?: string | undefined; readonly pbxs?: string | undefined },
  entries: readonly PbxEntry[],
): string => {
  const ids = idsOf(entries);
  const [only, ...others] = ids;
  if (only !== undefined && others.length === 0) return only;
  const file = stage === undefined && only === undefined ? pbxFileOf(env, pbxs) : undefined;
  throw file === undefined
    ? severalPbxs(ids)
    : unusable(file, 'must have a PBX in "pbxs"; got none. Add one (docs/configuration.md).');
};

const idsOf = (entries: readonly PbxEntry[]): string[] => entries.map(({ id }) => id);

/** The registry that throws for an unknown id cannot list the other ids. */
const withNear = <T>(read: Promise<T>, id: string, entries: readonly PbxEntry[]): Promise<T> =>
  read.catch((error: unknown) => {
    const known = idsOf(entries);
    throw isError(error, "PBX_UNKNOWN") && isPbxId(id) && !known.includes(id) ? unknownPbx(id, known) : error;
  });

/** The connection of the PBX that the environment or the file describes. */
export const ownConnection = async (context: Context, options: PbxOptions = {}): Promise<Connection> =>
  (await ownSecret(context, options)).secret.connection;

/** The secret of that PBX, and what the registry says of it. */
export const ownSecret = async (
  context: Context,
  options: PbxOptions = {},
): Promise<{ readonly secret: PbxSecret; readonly entry: PbxEntry | undefined }> => {
  const registry = await openRegistry(context, options);
  const entries = await registry.list();
  const id = options.pbx ?? onlyId(context, options, entries);
  return {
    secret: await withNear(readPbx(registry, id), id, entries),
    entry: entries.find((entry) => entry.id === id),
  };
};
