// Reads parameters of serverless.yml. `--param` gives text, the file gives text or true and false.

/** Whether a parameter is on. */
const isOn = async (resolveVariable, name) => {
  const value = String(await resolveVariable(`param:${name}`));
  if (value !== "true" && value !== "false")
    throw new Error(`\`${name}\` must be true or false; got ${value}`);
  return value === "true";
};

/** The ARN of a managed policy. Undefined if the parameter is empty. */
const policyArn = async (resolveVariable, name) => {
  const value = String(await resolveVariable(`param:${name}`));
  if (value === "") return undefined;
  if (!/^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/\S+$/.test(value))
    throw new Error(
      `\`${name}\` must be the ARN of a managed policy, for example arn:aws:iam::123456789012:policy/limit; got ${value}`,
    );
  return value;
};

module.exports = { isOn, policyArn };
