import about from "../package.json" with { type: "json" };

/** What wrote something, for example `wildix-functions/0.1.0`. */
export const software = `${about.name}/${about.version}`;
