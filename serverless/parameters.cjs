// Checks the parameters of a deployment, and records in the template those that differ from the defaults of the stage, so that the
// next deployment can compare.

const { checkParameters, chosenParameters, parameterRules } = require("../scripts/stage-parameters.ts");

module.exports = async ({ resolveVariable }) => {
  const { default: defaults, ...stages } = await resolveVariable("self:params");
  const stage = await resolveVariable("sls:stage");
  const values = Object.fromEntries(
    await Promise.all(
      Object.keys(parameterRules).map(async (name) => [name, await resolveVariable(`param:${name}, ''`)]),
    ),
  );
  checkParameters(values, "the parameters");
  return { Metadata: { WildixParameters: chosenParameters(values, { ...defaults, ...stages[stage] }) } };
};
