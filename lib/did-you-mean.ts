/** The known name that is nearest to a wrong one; undefined if none is near. */
export const didYouMean = (name: string, known: readonly string[]): string | undefined => {
  const ranked = known
    .map((candidate) => ({
      candidate,
      distance: apart(name, candidate),
      letters: distance(plain(name), plain(candidate)),
    }))
    .sort((a, b) => a.distance - b.distance || a.letters - b.letters);
  const best = ranked[0];
  return best && best.distance <= tolerated(best.candidate.length) ? best.candidate : undefined;
};

/** In a name of one or two letters every other one would be near. */
const tolerated = (length: number): number => {
  if (length <= 2) return 0;
  return length <= 4 ? 1 : Math.max(2, Math.floor(length / 3));
};

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Letters to change; a word in common counts as one wrong letter at most. */
const apart = (a: string, b: string): number => {
  const words = b
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length >= 4);
  const letters = distance(plain(a), plain(b));
  return words.some((word) => plain(a).includes(word)) ? Math.min(1, letters) : letters;
};

/** Levenshtein's distance, in which two neighbours that changed places count once. */
const distance = (a: string, b: string): number => {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution, swap));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
};
