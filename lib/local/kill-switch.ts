import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { killSwitchPartition } from "../calls/guard/kill-switch.ts";
import type { StateKey, StateStore } from "../state.ts";
import type { Clock } from "../wms/clock.ts";
import { makeFolders } from "./directory-store.ts";
import { sqliteState, unusable } from "./sqlite-state.ts";

/** One file for all directories of this user; undefined: the environment names no home. */
const fileOf = (env: Readonly<Record<string, string | undefined>>): string | undefined => {
  const { XDG_STATE_HOME: state, HOME: home } = env;
  const directory = state || (home ? join(home, ".local", "state") : undefined);
  return directory && join(directory, "wildix", "kill-switch.sqlite");
};

const fix = "Set `XDG_STATE_HOME` to a directory that this user may write to.";

/** A new account has no `.local/state`. */
const makeHome = async (file: string): Promise<void> => {
  try {
    await makeFolders(resolve(dirname(file)), 0o700);
  } catch (error) {
    throw unusable(file, error, fix);
  }
};

/** A state whose kill switch is this user's, so that a stop holds in every directory. */
export const withKillSwitch = (
  own: StateStore,
  env: Readonly<Record<string, string | undefined>>,
  clock: Pick<Clock, "now">,
): StateStore => {
  const file = fileOf(env);
  if (file === undefined) return own;
  const shared = sqliteState(file, clock, fix);
  const of = (key: StateKey): StateStore => (key.partition === killSwitchPartition ? shared : own);
  return {
    // a read must not make the file
    read: async (key) =>
      key.partition === killSwitchPartition && !existsSync(file) ? undefined : of(key).read(key),
    write: async (key, ...rest) => {
      if (key.partition === killSwitchPartition) await makeHome(file);
      return of(key).write(key, ...rest);
    },
    remove: (key, expect) => of(key).remove(key, expect),
    count: (key, count) => own.count(key, count),
    counted: (key) => own.counted(key),
    list: (name, after, before) =>
      (name === killSwitchPartition && existsSync(file) ? shared : own).list(name, after, before),
  };
};
