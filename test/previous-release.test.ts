import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { previousRelease } from "./aws/support/previous-release.ts";

const root = new URL("..", import.meta.url).pathname;

/** What git prints. Undefined: it fails, because the commit, the history or git itself is missing. */
const git = async (...args: readonly string[]): Promise<string | undefined> => {
  try {
    return (await promisify(execFile)("git", [...args], { cwd: root })).stdout.trim();
  } catch {
    return undefined;
  }
};

const known = (await git("cat-file", "-t", previousRelease)) === "commit";

describe.skipIf(!known)("the release from which npm run test:aws upgrades", () => {
  it("is an ancestor of the current commit", async () => {
    expect(await git("merge-base", "--is-ancestor", previousRelease, "HEAD")).toBe("");
    expect(await git("rev-parse", "HEAD")).not.toBe(previousRelease);
  });
  it("is the last tagged release before the current commit, as soon as there is one", async () => {
    const tag = await git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^");
    const last = tag === undefined ? previousRelease : await git("rev-parse", `${tag}^{commit}`);
    expect(previousRelease).toBe(last);
  });
});
