/**
 * The variables by which faketime shifts the clock of this process. A process with an environment of its own gets them too, so that
 * the emulator, its functions, the command and the tests have one clock.
 */
export const clockOf = (env: NodeJS.ProcessEnv): Record<string, string> =>
  env["FAKETIME"] === undefined
    ? {}
    : Object.fromEntries(
        Object.entries(env).flatMap(([name, value = ""]) =>
          /^(?:LD_PRELOAD|FAKETIME\w*|DONT_FAKE_MONOTONIC)$/.test(name) ? [[name, value]] : [],
        ),
      );
