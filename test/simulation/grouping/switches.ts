/** How a PBX can differ in what its history shows. */
export interface Switch {
  readonly name: string;
  /** Whether phones that rang for nothing have legs. */
  readonly unanswered: boolean;
  readonly channels: boolean;
  readonly callIds: boolean;
  /** Calls that are grouped exactly, of 100: of all, and of each scene. */
  readonly least: number;
  readonly leastOfScene: number;
}

export const switches = [
  {
    name: "channels",
    unanswered: true,
    channels: true,
    callIds: false,
    least: 99.9,
    leastOfScene: 99.9,
  },
  {
    name: "channels, no unanswered legs",
    unanswered: false,
    channels: true,
    callIds: false,
    least: 99.9,
    leastOfScene: 99.9,
  },
  {
    name: "call ids only",
    unanswered: true,
    channels: false,
    callIds: true,
    least: 99.9,
    leastOfScene: 99.9,
  },
  { name: "numbers only", unanswered: true, channels: false, callIds: false, least: 97, leastOfScene: 80 },
  {
    name: "numbers only, no unanswered legs",
    unanswered: false,
    channels: false,
    callIds: false,
    least: 97,
    leastOfScene: 80,
  },
] as const satisfies readonly Switch[];
