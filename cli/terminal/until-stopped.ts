/** Aborts on the first Ctrl-C, so that a command can clean up; the second ends the process immediately. */
export const stopSignal = (): AbortSignal => {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => controller.abort());
  return controller.signal;
};

/** Read when the process begins: the parent can end before the process waits. */
const parent = process.ppid;

/**
 * Until Ctrl-C. npm and npx end by a signal and do not notify the processes that they began. These would continue and hold
 * their ports, so they end when their parent does.
 */
export const untilStopped = (
  signal: AbortSignal,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> =>
  new Promise((resolve) => {
    const byNpm = env["npm_command"] !== undefined;
    // the timer also keeps the process alive
    const timer = setInterval(() => byNpm && process.ppid !== parent && done(), 250);
    const done = (): void => {
      clearInterval(timer);
      resolve();
    };
    if (signal.aborted) done();
    signal.addEventListener("abort", done);
  });
