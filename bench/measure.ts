/** Measures `act` alone, without what the process did before, and tells the parent. */
export const measure = async <T extends object>(act: () => Promise<T>): Promise<void> => {
  const before = process.cpuUsage();
  const begun = performance.now();
  const done = await act();
  const ms = performance.now() - begun;
  const { user, system } = process.cpuUsage(before);
  process.send?.({
    ...done,
    ms,
    cpuMs: (user + system) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  });
  process.disconnect?.();
};
