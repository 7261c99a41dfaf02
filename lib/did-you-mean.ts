/** The known name that a wrong one was probably meant to be; undefined where none is near. */
export const didYouMean = (name: string, known: readonly string[]): string | undefined => {
  const ranked = known
    .map((candidate) => ({ candidate, distance: apart(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(2, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
};

/** Letters to change; a telling word in common is as good as two wrong letters. */
const apart = (a: string, b: string): number => {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const words = b
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length >= 4);
  const letters = distance(plain(a), plain(b));
  return words.some((word) => plain(a).includes(word)) ? Math.min(2, letters) : letters;
};

/** Levenshtein's distance. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};
