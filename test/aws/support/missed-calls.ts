import { sampleText } from "../../callbacks/events/samples.ts";
import { milan } from "../../support/milan.ts";
import { ask, stack } from "./client.ts";

/** What a PBX signs its events with. */
export const webhookSecret = "awsWebhookSecret0123456789ABCD";
export const sqsKey = "awsSqsSigningKey0123456789ABCD";

/** Gives a registered PBX callbacks, and secrets for its events. */
export const enableCallbacks = async (pbx: string): Promise<void> => {
  const SecretId = `/wildix/${stack.stage}/pbx/${pbx}`;
  const { SecretString } = await ask("secretsmanager", "secretsmanager.GetSecretValue", { SecretId });
  const secret = {
    ...(JSON.parse(String(SecretString)) as object),
    webhook_secrets: [webhookSecret],
    sqs_signing_key: sqsKey,
    settings: milan,
  };
  await ask("secretsmanager", "secretsmanager.PutSecretValue", {
    SecretId,
    SecretString: JSON.stringify(secret),
  });
};

/** The official shape of a missed call of this number, which ended a minute or so many minutes ago. */
export const missedBy = (number: string, minutes = 1): string => {
  const ended = Date.now() - minutes * 60_000;
  const event = JSON.parse(sampleText("call-missed")) as { data: { flows: object[] } };
  const times = { startTime: ended - 25_000, endTime: ended, duration: 25_000 };
  const caller = { type: "REMOTE", phone: number };
  const flows = event.data.flows.map((flow) => ({ ...flow, ...times, caller, remotePhone: number }));
  return JSON.stringify({ ...event, id: `it_${number}`, time: Date.now(), data: { ...event.data, flows } });
};
