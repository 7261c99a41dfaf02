/** Whether a string is the IANA name of a time zone. An offset or an abbreviation would be wrong for half of the year. */
export const isZoneName = (text: string): boolean => {
  if (!/^UTC$|^[A-Z_]+\/[^\d].*$/i.test(text)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
};
