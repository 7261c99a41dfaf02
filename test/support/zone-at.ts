/**
 * A zone without summer time in which it is this hour now, such as `Etc/GMT-2`. Between 02:00 and 03:00, yesterday is over, its
 * report is not overdue, and midnight is 21 hours away: the hour at which a test runs changes nothing.
 */
export const zoneAt = (hour: number, now: number): string => {
  const ahead = ((hour - new Date(now).getUTCHours() + 36) % 24) - 12;
  // these names count hours west of Greenwich
  return ahead === 0 ? "UTC" : `Etc/GMT${ahead > 0 ? "-" : "+"}${Math.abs(ahead)}`;
};
