/** What was found so far, for the manifest. */
export interface GroupingCounts {
  legs: number;
  calls: number;
  exact: number;
  channel: number;
  inferred: number;
  legs_without_channel: number;
  /** Legs whose channel has the name of an earlier one: the PBX restarted. */
  channels_reused: number;
  /** Legs of another PBX than the first leg's. */
  legs_of_other_pbxs: number;
  /** Legs and groups that a rule linked and that stayed apart, because a call has one caller. */
  refused: number;
  /** Times at which the PBX's clock went back by a day or more. */
  clock_jumps: number;
}

export const noCounts = (): GroupingCounts => ({
  legs: 0,
  calls: 0,
  exact: 0,
  channel: 0,
  inferred: 0,
  legs_without_channel: 0,
  channels_reused: 0,
  legs_of_other_pbxs: 0,
  refused: 0,
  clock_jumps: 0,
});
