import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createsKey, newDirectory, wildix } from "../../support/cli.ts";

const mistake = "got a mistake in line 2, column 1. Look there for a comment or a trailing comma.";

describe("JSON that is typed", () => {
  const setUp = async (text: string) => {
    const directory = await newDirectory();
    const file = join(directory, "x.json");
    await writeFile(file, text);
    const run = async (args: readonly string[], stdin = "") => {
      const { code, err } = await wildix(args, {}, stdin);
      return [code, err.replaceAll(`${directory}/`, "")];
    };
    return { file, run };
  };
  it.each<[string, string[]]>([
    ["--mapping x.json", [...createsKey, "--mapping"]],
    ["--mapping x.json", ["mapping", "test", "--body", "{}", "--mapping"]],
    ["--spec x.json", ["request", "--spec"]],
    ["x.json", ["sign"]],
  ])("%s is named with the place of a mistake, in %j", async (name, args) => {
    const { file, run } = await setUp('{"a": 1,\n}');
    expect(await run([...args, file])).toEqual([2, `✗ \`${name}\` must be JSON; ${mistake} (USAGE)`]);
  });
  it.each([
    ["", "must be JSON; got an empty string."],
    ['{"a": 1, "a": 2}', "must have each field once; got `/a` twice in line 1. Remove one of them."],
  ])("%j is refused", async (text, says) => {
    const { file, run } = await setUp(text);
    expect(await run(["sign", file])).toEqual([2, `✗ \`x.json\` ${says} (USAGE)`]);
  });
  it("on the line is named as the option or the argument, with the quotes of a shell", async () => {
    const { run } = await setUp("");
    const says = `must be JSON; ${mistake} In a shell, quote it with '…'. (USAGE)`;
    expect(await run(["sign", '{"a": 1,\n}'])).toEqual([2, `✗ \`json\` ${says}`]);
    expect(await run(["request", "--spec", '{"a": 1,\n}'])).toEqual([2, `✗ \`--spec\` ${says}`]);
  });
  it("on standard input is named so", async () => {
    const { run } = await setUp("");
    const says = `must be JSON; ${mistake} (USAGE)`;
    expect(await run(["sign", "-"], '{"a": 1,\n}')).toEqual([2, `✗ \`standard input\` ${says}`]);
    expect(await run(["request", "--spec", "-"], '{"a": 1,\n}')).toEqual([2, `✗ \`--spec -\` ${says}`]);
  });
  it("in a file that cannot be read is refused", async () => {
    const { file, run } = await setUp("");
    expect(await run(["request", "--spec", `${file}x`])).toEqual([
      2,
      expect.stringMatching(/^✗ `--spec .+` must be JSON or a readable file\. Check the path\. \(USAGE\)$/),
    ]);
  });
});
