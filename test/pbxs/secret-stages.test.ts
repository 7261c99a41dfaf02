import { expect, it, onTestFinished } from "vitest";
import { secretStages } from "../../lib/aws/secret-stages.ts";
import { startSecretsManager } from "../support/secrets-manager.ts";

it("the stages of a region are those of secrets of PBXs and of keys, on all pages of the list", async () => {
  const names = [
    "/wildix/prod/pbx/milan",
    "/wildix/prod/pbx/rome",
    "/wildix/dev/keys",
    "/wildix/prod/pbx/_1",
    "/wildix/lost",
    "/wildix/none/",
    "/other/test/pbx/milan",
  ];
  const { client, close } = await startSecretsManager(names.map((name) => ({ name, value: "{}" })));
  onTestFinished(close);
  expect(await secretStages(client)).toEqual(["dev", "prod"]);
});

it("a list that is refused is an error", async () => {
  const { client, close } = await startSecretsManager([]);
  close();
  client.destroy();
  await expect(secretStages(client)).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
});
