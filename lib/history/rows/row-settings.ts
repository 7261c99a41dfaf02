/** What a PBX's rows mean. */
export interface RowSettings {
  readonly zone: string;
  /** What an extension looks like; default 2 to 6 digits. */
  readonly extensionPattern?: string;
  /** Numbers in the plan of the PBX that no pattern covers, such as its main number. */
  readonly ownNumbers?: readonly string[];
  /** How the PBX writes numbers. */
  readonly country?: string;
  readonly outsidePrefix?: string;
  /** The field of a row in which the PBX writes one id for all legs of a call, for example `linkedid`. */
  readonly callIdField?: string;
}
