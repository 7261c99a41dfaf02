/** A service that speaks AWS's JSON protocol. */
export interface JsonService {
  /** Its name in host names and signatures, for example `dynamodb`. */
  readonly name: string;
  /** Its name in environment variables: AWS_ENDPOINT_URL_DYNAMODB. */
  readonly variable: string;
  /** The part of the header X-Amz-Target before the operation. */
  readonly target: string;
  readonly version: "1.0" | "1.1";
}

/** Last part of host names, by the beginning of the region. A test compares them with the SDK's. */
const suffixes: readonly (readonly [region: string, suffix: string])[] = [
  ["cn-", "amazonaws.com.cn"],
  ["eusc-", "amazonaws.eu"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
];

/** The address of a service in a region, or the one that the environment names. */
export const endpointOf = (
  { name, variable }: Pick<JsonService, "name" | "variable">,
  region: string,
  env: Readonly<Record<string, string | undefined>>,
): string => {
  const named = env[`AWS_ENDPOINT_URL_${variable}`] || env["AWS_ENDPOINT_URL"];
  const suffix = suffixes.find(([beginning]) => region.startsWith(beginning))?.[1] ?? "amazonaws.com";
  return named || `https://${name}.${region}.${suffix}`;
};
