/**
 * Gives a process and all that it starts another date: `NODE_OPTIONS=--import=<this file> TEST_CLOCK_SHIFT_MS=<milliseconds>`.
 * Only the date moves; timers and `performance.now` stay as they are.
 */
const shift = Number(process.env["TEST_CLOCK_SHIFT_MS"] ?? 0);
const Machine = globalThis.Date;
const now = () => Machine.now() + shift;

globalThis.Date = new Proxy(Machine, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new Machine(now()).toString(),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});
