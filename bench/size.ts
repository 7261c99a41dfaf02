/** `npm run check:bench` starts each benchmark with little work, and looks only whether it still works. */
export const isTrial = process.env["WILDIX_BENCH_TRIAL"] === "1";

/** How much a benchmark measures, or does in a trial. */
export const size = <T>(measured: T, trial: T): T => (isTrial ? trial : measured);
