/** The names of a deployment as typed, for commands and `npm run deploy`. */

/** What is wrong with the name of a stage. Undefined: nothing. */
export const stageFault = (stage: string): string | undefined =>
  /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(stage)
    ? undefined
    : `\`--stage\` must be the name of a stage (letters, digits and hyphens), for example prod; got "${stage}".`;

/** The first variable of AWS's addresses that is not an address, and what is wrong with it. Undefined: none. The SDK would throw a TypeError. */
export const endpointFault = (env: Readonly<Record<string, string | undefined>>): string | undefined => {
  const wrong = Object.keys(env).find(
    (name) => /^AWS_ENDPOINT_URL(?:_|$)/.test(name) && env[name] && !isAddress(env[name]),
  );
  return wrong === undefined
    ? undefined
    : `\`${wrong}\` must be an address, for example http://127.0.0.1:4566. Correct the variable, or remove it.`;
};

const isAddress = (text: string): boolean => /^https?:\/\//i.test(text) && URL.canParse(text);

/** A deployment's region, by the rule of serverless.yml, and what is wrong with it. */
export const readRegion = (
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): { readonly region: string; readonly fault: string | undefined } => {
  const region = named ?? (env["AWS_REGION"] || "eu-central-1");
  if (/^[a-z]{2,8}(?:-[a-z]+)+-\d{1,2}$/.test(region)) return { region, fault: undefined };
  const option = named === undefined ? "AWS_REGION" : "--region";
  return {
    region,
    fault: `\`${option}\` must be an AWS region, for example eu-central-1; got "${region}".`,
  };
};
