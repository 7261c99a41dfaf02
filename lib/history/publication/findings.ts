export interface Finding {
  readonly key: string;
  readonly problem:
    | "manifest damaged"
    | "manifest out of place"
    | "not finished"
    | "part missing"
    | "part changed"
    | "part too many"
    | "part out of place"
    | "part unreadable"
    | "manifest unreadable"
    | "rows do not add up"
    | "counts do not agree"
    | "part without manifest"
    | "rows of another day"
    | "legs without call"
    | "call without legs"
    | "call twice"
    | "leg twice"
    | "leg in two calls"
    | "days missing";
  readonly detail: string;
}

/** Findings that do not affect the proof of completeness. */
export interface Warning {
  readonly key: string;
  readonly problem:
    | "UTC offsets differ"
    | "rows of two versions"
    | "old layout"
    | "two formats"
    | "day without legs"
    | "legs without call"
    | "leg in two calls";
  readonly detail: string;
}
