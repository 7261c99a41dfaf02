/** Phrases that a reader has to read twice, each with the plain one. */
export interface Term {
  readonly find: RegExp;
  readonly write: string;
}

const pairs: Readonly<Record<string, string>> = {
  // one word for one thing
  "drafts?": "lease or checkpoint",
  "hand(?:s|ed|ing)? (?:\\S+ ){0,3}over": "continue, or pass",
  "hand(?:s|ed|ing)? out": "return",
  "deaths?|bur(?:y|ies|ied)": "failed attempts or dead letter",
  "g(?:ive|ives|ave|iven|iving) up(?: on)?": "dead letter, or stop after n attempts",
  "dead(?![- ]letter)": "not exported or failed",
  "who (?:is|are) missing": "which PBXs are not exported",
  "(?:stands?|standing|stood)(?! for)": "is, is current or remains",
  "(?:lie|lies|lying)": "is in",
  "ma(?:ke|kes|de|king) (?:\\S+ )?up(?: for)?": "backfill or retry",
  "(?:tell|tells|told|telling)": "notify, show, report or distinguish",
  "cur(?:e|es|ed|ing)": "fix",
  "mend(?:s|ed|ing)?": "fix",
  "(?:leave|leaves|left|leaving) (?:\\S+ )?alone": "skip",
  // `wildix callback rehearse` is a command
  "rehears(?:es|ed|al|als|ing)": "dry run",
  "(?<!kill )switches": "kill switch",
  "breakers?": "caller pause",
  "fresh(?:ly)?": "new, or dedicated",
  elapsed: "monotonic clock, or the time since",
  "clocks? that nobody sets": "monotonic clock",
  "keys? that may|may only what": "allowed: usable as a key, or say what the key allows",
  // must, if, is not a, only
  "(?:has|have|had) to": "must",
  "(?:is|are|was|were) to be": "must be",
  "where there (?:is|are|was|were)": "if there is",
  "where (?:no|none|nothing|something|nobody|somebody)": "if",
  "(?<!there )(?:is|are|was|were) no(?! longer| more|\\.)": "is not a",
  "of no": "without, or not a valid",
  alone: "only",
  "(?:whoever|whatever|whichever)": "name the person or the thing",
  "(?:nobody|somebody)": "name who does it",
  "there (?:was|were) enough": "the limit that was reached",
  // figures of speech, and phrases that are word by word from another language
  "again and again": "repeatedly, or how often",
  "at once": "immediately, or at the same time",
  "at this moment|at the moment": "now",
  "by (?:itself|themselves)": "automatically",
  "of (?:its|their|his|your|my|our) own": "its own, or separate",
  "(?:those|ones?) above": "further, or name them",
  "also (?:if|after)": "even if, or even after",
  "as before": "unchanged, or as in the earlier state",
  "(?:came|comes?) back": "is returned, or is restored",
  "(?:takes?|taken|taking|took) (?:\\S+ ){0,3}off": "remove",
  "worked on": "in progress",
  "looked after": "handled",
  "(?:lay|lain)": "was in",
  "(?:fall|falls|fell) into": "is in",
  "(?:breaks?|broke|broken) off": "is lost, or ends",
  "time (?:is|was) up": "the limit is reached",
  "(?:borrows?|borrowed)": "uses the credentials of another PBX",
  "what came of": "the outcome",
  "nowhere else": "only there",
  "history (?:can|could)(?:not| not)? be asked": "could not be read",
  "said in words|in words": "reported with a reason",
  "(?:comes?|came) to(?! an end)": "reaches or totals",
  "(?:goes|go|went|going) on": "continue",
  "works? (?:\\S+ ){0,2}off": "processes",
  anew: "again",
  "as (?:it|they) (?:is|are|was|were)": "unchanged, or in its current form",
  "at hand": "available",
  "on condition that": "only if",
  "lets? (?:\\S+ ){0,2}through": "allow",
  "(?:is|are|be) (?:not )?well": "works, or fails",
  "for good": "permanently",
  "(?:thaws?|thawed)": "resumes",
  "(?<=; )else": "otherwise",
  // the field's words
  "(?<=,) such as": "for example",
  "(?:undefined|null|false|true|empty|absent|NaN|[A-Z]+(?:_[A-Z]+)+|fails?|throws) where": "if",
  "(?:an?|another) (?:empty |short )?texts?(?! or voice)": "text, or a string",
  "(?:function that|and) gives|gives (?:whether|which|undefined|that time)": "returns",
  "(?<!leg is (?:a|one) )rows? of (?:its |the |call )?history": "leg",
  "without asking": "without test requests",
  "can be on (?:until|for)": "can be in the ALARM state",
};

const anywhere = Object.entries(pairs).map(([find, write]) => ({
  find: new RegExp(`(?<![\\w-])(?:${find})(?![\\w-])`, "gi"),
  write,
}));

/** At the beginning of a sentence; a question may begin so. */
const first = [
  { find: /^(?:what|who)(?= )(?!.*\?$)/gi, write: "a noun as the subject" },
  { find: /^where(?= )(?!.*\?$)/gi, write: "if" },
  { find: /^(?:from|to) (?:is|must|may|are)\b/gi, write: "the name that the user typed, as code" },
];

export const terms: Readonly<Record<"anywhere" | "first", readonly Term[]>> = { anywhere, first };
