import fc from "fast-check";

/** Each run has the same cases, so that none fails by chance. `npm run test:shifted` has others each night. */
fc.configureGlobal({ seed: Number(process.env["TEST_SEED"] ?? 1) });

export { default as fc } from "fast-check";
