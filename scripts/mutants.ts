/** Changes that no test noticed, and docs/mutation.md, which has the proof of each: both by file, function and code. */

/** What Stryker's JSON report says of the files that it changed. */
export interface Report {
  readonly files: Readonly<
    Record<string, { readonly source: string; readonly mutants: readonly ReportedMutant[] }>
  >;
}
interface ReportedMutant {
  readonly status: string;
  readonly mutatorName?: string;
  readonly replacement?: string;
  readonly location: { readonly start: Place; readonly end: Place };
}
/** Both count from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** A change that no test noticed. */
interface Survivor {
  readonly file: string;
  readonly function: string;
  /** The changed lines, on one line. */
  readonly code: string;
  readonly replacement: string;
}

/** A row of the page. */
export interface Proof {
  readonly file: string;
  readonly function: string;
  /** Parts of the code; each is in the changed lines of one or more changes. */
  readonly codes: readonly string[];
}

const filesIn = <File>(files: Readonly<Record<string, File>>, target: string): [string, File][] =>
  Object.entries(files).filter(
    ([file]) => file === target || file.startsWith(`${target.replace(/\/$/, "")}/`),
  );
const isUnnoticed = ({ status }: ReportedMutant): boolean => status === "Survived" || status === "NoCoverage";
const onOneLine = (text: string): string => text.trim().replace(/\s+/g, " ");
const indentOf = (line: string): number => line.length - line.trimStart().length;

const statements = new Set(["if", "for", "while", "switch", "catch", "return", "function"]);
const named = [
  /^(?:export )?(?:async )?function\*? (\w+)/,
  /^(?:export )?class (\w+)/,
  /^(?:export )?const (\w+)(?:: .+)? = (?:async )?(?:<.*>)?\((?:.*=>|$)/,
  /^(\w+): (?:async )?\((?:.*=>|$)/,
  /^(?:static |async |\*)*(#?\w+)\(.*\)(?:: .+)? \{$/,
];
/** The name that a line declares: a function's, a method's, a class's; at the beginning of a line that of any constant. */
const declared = (line: string): string | undefined => {
  const text = line.trim();
  const patterns = indentOf(line) === 0 ? [...named, /^(?:export )?const (\w+)/] : named;
  const names = patterns.map((pattern) => pattern.exec(text)?.[1]);
  return names.find((name) => name !== undefined && !statements.has(name));
};

/**
 * The function that a line belongs to, with those around it: `createLedger.open`. By the indents, which the formatter sets,
 * because TypeScript 7 has no parser to call. Lines count from 1.
 */
export const functionAt = (source: string, line: number): string => {
  const lines = source.split("\n").slice(0, line);
  const names: string[] = [];
  let indent = indentOf(lines.at(-1) ?? "") + 1;
  for (const text of lines.reverse()) {
    if (text.trim() === "" || indentOf(text) >= indent) continue;
    // the end of a declaration that takes several lines: its first line has the same indent
    indent = /^\s*[)}\]>].*(?:[{([]|=>)$/.test(text) ? indentOf(text) + 1 : indentOf(text);
    const name = declared(text);
    if (name !== undefined) names.unshift(name);
  }
  return names.join(".");
};

const survivorOf = (
  file: string,
  source: string,
  { location: { start, end }, replacement = "" }: ReportedMutant,
): Survivor => ({
  file,
  function: functionAt(source, start.line),
  code: onOneLine(
    source
      .split("\n")
      .slice(start.line - 1, end.line)
      .join(" "),
  ),
  replacement: onOneLine(replacement),
});

/** The changes in a file or directory that no test noticed. A report also has files of earlier runs. */
export const survivorsOf = ({ files }: Report, target: string): Survivor[] =>
  filesIn(files, target).flatMap(([file, { source, mutants }]) =>
    mutants.filter(isUnnoticed).map((mutant) => survivorOf(file, source, mutant)),
  );

/** One report of several, each of which has its own files below the target. */
export const joined = (reports: readonly Report[], target: string): Report => ({
  files: Object.fromEntries(reports.flatMap(({ files }) => filesIn(files, target))),
});

/** A folder's own tests may use as a table, made once, what other tests call. */
const isOpen = (mutant: ReportedMutant): boolean => isUnnoticed(mutant) || mutant.status === "Ignored";

const placeOf = (file: string, { location: { start, end } }: ReportedMutant): string =>
  `${file}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;

/**
 * The places of the changes that were not tried, and of those that no test noticed and that have no proof, as Stryker's option
 * `mutate` takes them: its columns count from 0.
 */
export const placesOf = ({ files }: Report, proofs: readonly Proof[]): string[] => [
  ...new Set(
    Object.entries(files).flatMap(([file, { source, mutants }]) =>
      mutants
        .filter(isOpen)
        .filter((mutant) => !isUnnoticed(mutant) || !isProven(proofs, survivorOf(file, source, mutant)))
        .map((mutant) => placeOf(file, mutant)),
    ),
  ),
];

/** The report without the changes that were not noticed or not tried, so that Stryker tries them again. */
export const noticedOf = (report: Report): Report => ({
  ...report,
  files: Object.fromEntries(
    Object.entries(report.files).map(([file, entry]) => [
      file,
      { ...entry, mutants: entry.mutants.filter((mutant) => !isOpen(mutant)) },
    ]),
  ),
});

const changeOf = ({ mutatorName, replacement, location }: ReportedMutant): string =>
  JSON.stringify([mutatorName, replacement, location.start, location.end]);

/** The first report, in which a second one, with more tests, corrects what was not noticed or not tried. */
export const corrected = (first: Report, again: Report): Report => ({
  files: Object.fromEntries(
    Object.entries(first.files).map(([file, { source, mutants }]) => {
      const later = new Map(again.files[file]?.mutants.map((mutant) => [changeOf(mutant), mutant]));
      const correct = (mutant: ReportedMutant): ReportedMutant =>
        isOpen(mutant) ? (later.get(changeOf(mutant)) ?? mutant) : mutant;
      return [file, { source, mutants: mutants.map(correct) }];
    }),
  ),
});

/** How many changes were tried and their results. A change that gives no valid code is not a change. */
export const countsOf = ({
  files,
}: Report): { tried: number; failed: number; endless: number; unnoticed: number; skipped: number } => {
  const mutants = Object.values(files).flatMap((file) => file.mutants);
  const count = (...states: string[]): number =>
    mutants.filter(({ status }) => states.includes(status)).length;
  const [failed, endless, unnoticed] = [count("Killed"), count("Timeout"), count("Survived", "NoCoverage")];
  return { tried: failed + endless + unnoticed, failed, endless, unnoticed, skipped: count("Ignored") };
};

const cells = (row: string): string[] =>
  row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
const quoted = (cell = ""): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);

/**
 * The rows of the page: below `## lib/calls`, the file's name and the function in the first cell, parts of the code in the second.
 * The file is the one of `files` with this name in a folder of that directory.
 */
export const proofsOf = (page: string, files: readonly string[]): Proof[] =>
  page.split(/^## /m).flatMap((section) => {
    const directory = section.split("\n", 1)[0]?.trim();
    return section
      .split("\n")
      .filter((row) => row.startsWith("| `"))
      .map((row) => {
        const [, where, code] = cells(row);
        const [file, name = ""] = quoted(where);
        const path = files.find(
          (known) => known.startsWith(`${directory}/`) && known.endsWith(`/${file}.ts`),
        );
        return { file: path ?? `${directory}/${file}.ts`, function: name, codes: quoted(code) };
      });
  });

const proves = (proof: Proof, { file, function: name, code }: Survivor): boolean =>
  proof.file === file && proof.function === name && proof.codes.some((part) => code.includes(part));
const isProven = (proofs: readonly Proof[], survivor: Survivor): boolean =>
  proofs.some((proof) => proves(proof, survivor));

/** Changes without a proof, a line each. */
export const unproven = (proofs: readonly Proof[], survivors: readonly Survivor[]): string[] =>
  survivors
    .filter((survivor) => !isProven(proofs, survivor))
    .map(({ file, function: name, code, replacement }) => `${file} ${name}: ${code} -> ${replacement}`);

/** Proofs of changes in the target that a test notices, or that are not made any more. */
export const unneeded = (
  proofs: readonly Proof[],
  survivors: readonly Survivor[],
  { files }: Report,
  target: string,
): string[] => {
  const changed = new Set(filesIn(files, target).map(([file]) => file));
  return proofs
    .filter((proof) => changed.has(proof.file) && !survivors.some((survivor) => proves(proof, survivor)))
    .map(({ file, function: name, codes }) => `${file} ${name}: ${codes.join(", ")}`);
};

/** Proofs whose code is not in their function. `read` gives a file's text, or undefined if there is no such file. */
export const outdated = (proofs: readonly Proof[], read: (file: string) => string | undefined): string[] =>
  proofs.flatMap(({ file, function: name, codes }) => {
    const source = read(file) ?? "";
    const body = onOneLine(
      source
        .split("\n")
        .filter((_, index) => functionAt(source, index + 1) === name)
        .join(" "),
    );
    return codes
      .filter((code) => !body.includes(code))
      .map((code) => `${file} has no \`${code}\` in ${name}`);
  });
