/**
 * `npm test` on another night: shifted clock in all processes, another zone and language, TERM=dumb, an empty HOME and TMPDIR,
 * other cases of the properties. Without the simulations, which set their own clocks and play the same seeds on every night.
 * The night follows from today's date, so that every night of a leap year is met in 366 days: those on which clocks change,
 * 29 February, New Year. `npm run test:shifted -- 2028-02-29T23:57 Europe/Rome` runs one again.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Temporal } from "temporal-polyfill";
import { nightOf } from "./night.ts";

const [, , at, zone = "UTC"] = process.argv;
const today = nightOf(new Date());
const night = at === undefined ? today : { ...today, at, zone };
const then = Temporal.PlainDateTime.from(night.at).toZonedDateTime(night.zone).epochMilliseconds;
process.stdout.write(`npm test as on ${night.at} in ${night.zone}, LANG=${night.language}\n`);

const home = await mkdtemp(join(tmpdir(), "wildix-home-"));
const temporary = await mkdtemp(join(tmpdir(), "wildix-tmp-"));
try {
  const child = spawn("npm", ["test", "--", "--exclude", "test/simulation/**"], {
    stdio: "inherit",
    env: {
      ...process.env,
      NODE_OPTIONS: `--import=${new URL("../test/support/shift-clock.mjs", import.meta.url).href}`,
      TEST_CLOCK_SHIFT_MS: String(then - Date.now()),
      TEST_SEED: String(Math.floor(then / 86_400_000)),
      HOME: home,
      TMPDIR: temporary,
      TZ: night.zone,
      LANG: night.language,
      LC_ALL: night.language,
      TERM: "dumb",
    },
  });
  const [code] = await once(child, "close");
  process.exitCode = code ?? 1;
} finally {
  for (const directory of [home, temporary]) await rm(directory, { recursive: true, force: true });
}
