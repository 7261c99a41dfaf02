/**
 * Limits the processor time of a process, as Lambda does by the memory of a function. It needs cgroups that this user can write:
 * root, or a delegated folder. For cold.ts.
 */
import { mkdir, rmdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Lambda gives one whole processor to a function with 1,769 MB. Source: AWS Lambda developer guide, "Memory". */
const fullShareMb = 1_769;

/** Share of a processor that a function with this memory has, at most one. */
export const shareOf = (memoryMb: number): number => Math.min(1, memoryMb / fullShareMb);

/** The scheduler measures in periods of 20 ms, which is what others measured on Lambda. */
const periodUs = 20_000;

export interface CpuGroup {
  /** Moves a process into the group. It is not limited yet. */
  enter(pid: number): Promise<void>;
  /** From now on the group gets this share of one processor. */
  limit(share: number): Promise<void>;
  /** Removes the group, after its last process has ended. */
  remove(): Promise<void>;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** A new group, in cgroups v2 or v1. Undefined if this machine has none that can be written. */
export const cpuGroup = async (name: string): Promise<CpuGroup | undefined> => {
  const root = "/sys/fs/cgroup";
  const isV2 = await exists(join(root, "cgroup.controllers"));
  const folder = join(root, isV2 ? "" : "cpu", name);
  const write = (file: string, value: string | number): Promise<void> =>
    writeFile(join(folder, file), String(value));
  try {
    if (isV2) await writeFile(join(root, "cgroup.subtree_control"), "+cpu");
    await mkdir(folder);
  } catch {
    return undefined;
  }
  return {
    enter: (pid) => write("cgroup.procs", pid),
    limit: async (share) => {
      const quotaUs = Math.round(share * periodUs);
      if (isV2) return write("cpu.max", `${quotaUs} ${periodUs}`);
      await write("cpu.cfs_period_us", periodUs);
      await write("cpu.cfs_quota_us", quotaUs);
    },
    // the kernel takes a moment to forget a process that was killed
    remove: async () => {
      for (let tries = 0; ; tries++) {
        try {
          return await rmdir(folder);
        } catch (error) {
          if (tries === 100) throw error;
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      }
    },
  };
};
