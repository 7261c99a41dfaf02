import { readdir, readFile, readlink } from "node:fs/promises";

/** Set in the emulator's environment, which it hands on to every process that it starts. */
export const marker = "WILDIX_AWS_RUN";

const ids = async (): Promise<string[]> => (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
/** A process may end while one looks at it. */
const orNothing = <T>(promise: Promise<T>, nothing: T): Promise<T> => promise.catch(() => nothing);

/** Processes of a run that are alive. */
export const processesOf = async (run: string): Promise<number[]> => {
  const found: number[] = [];
  for (const id of await ids()) {
    const environment = await orNothing(readFile(`/proc/${id}/environ`, "utf8"), "");
    if (environment.split("\0").includes(`${marker}=${run}`)) found.push(Number(id));
  }
  return found;
};

/** Addresses that these processes listen on, as the kernel writes them: `0100007F:11F9`, or 32 digits for IPv6. */
export const listenersOf = async (processes: readonly number[]): Promise<string[]> => {
  const sockets = new Set<string>();
  for (const id of processes) {
    for (const descriptor of await orNothing(readdir(`/proc/${id}/fd`), [])) {
      const target = await orNothing(readlink(`/proc/${id}/fd/${descriptor}`), "");
      const socket = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (socket !== undefined) sockets.add(socket);
    }
  }
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => orNothing(readFile(path, "utf8"), "")),
  );
  return tables
    .flatMap((table) => table.split("\n"))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode = ""]) => state === "0A" && sockets.has(inode))
    .map(([, address = ""]) => address);
};

/** 127.0.0.0/8 or ::1. */
export const isLoopback = (address: string): boolean =>
  /^[0-9A-F]{6}7F:/.test(address) || /^0{24}01000000:/.test(address);
