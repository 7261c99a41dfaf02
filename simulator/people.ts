/** The people of the simulated company: colleagues, their extensions, and those who call them. */
export interface Colleague {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly extension: string;
  readonly dialplan: string;
  readonly department: string;
  readonly officePhone: string;
  readonly mobilePhone: string;
  readonly role: string;
  readonly language: string;
  readonly groupName: string;
}

const names = [
  "Ada Lovelace",
  "Zoë Krüger",
  "Łukasz Żak",
  "Chiara D’Angelo",
  "Søren Ørsted",
  "Иван Петров",
  "山田 太郎",
  "María Núñez",
  "Jean-Luc Bäcker",
  "Aoife O'Brien",
  "Ümit Çelik",
  "Nguyễn Văn An",
  "Grace Hopper",
  "محمد علي",
  "Björk Þórsdóttir",
  "Ann <Reception> & Co",
];

export const colleagues: readonly Colleague[] = names.map((name, at) => ({
  id: String(at + 1),
  name,
  email: `${["ada", "zoe", "lukasz", "chiara", "soren", "ivan", "taro", "maria", "jeanluc", "aoife", "umit", "an", "grace", "ali", "bjork", "reception"][at] ?? at}@example.com`,
  extension: String(101 + at),
  dialplan: "users",
  department: at % 3 === 0 ? "Sales" : "Support",
  officePhone: `+390404567${String(101 + at)}`,
  mobilePhone: `+3933355500${String(10 + at)}`,
  role: at === 0 ? "admin" : "user",
  language: "EN",
  groupName: "Default",
}));

export interface Queue {
  readonly id: string;
  readonly name: string;
  /** What colleagues dial, and the box of its voicemail. */
  readonly extension: string;
  /** Extensions. */
  readonly members: readonly string[];
}

export const queues: readonly Queue[] = [
  { id: "1", name: "Support", extension: "300", members: ["102", "103", "105"] },
  { id: "2", name: "Sales", extension: "301", members: ["101", "104"] },
  { id: "3", name: "Büro & Empfang", extension: "302", members: ["116"] },
];

/** Extensions that ring together without a queue. */
export const ringGroup = { name: "Workshop", members: ["106", "107", "110"] };

/** Lines to the outside: most calls take the first. */
export const trunks = ["telco", "backup-line"];

/** Numbers as the trunk gives them, by the extension or the service that they reach. */
export const didOf = (extension: string): string => `00390404567${extension}`;
/** The numbers of services that are not extensions. */
export const services = { ivr: didOf("000"), group: didOf("400"), fax: didOf("900") };

const companies = [
  "Café Central",
  "Müller GmbH",
  "O’Neill & Sons",
  "",
  "Acme Inc.",
  "Società Rossi",
  "株式会社サンプル",
  "Nordisk Øl A/S",
];

export interface Party {
  readonly number: string;
  readonly name: string;
}

/** A person outside, by rank; each has another number. Numbers of Germany, Britain and the USA are of ranges for fiction. */
export const outsider = (rank: number): Party => {
  const [kind, group] = [rank % 10, Math.floor(rank / 10)];
  return { number: outsideNumber(kind, group), name: companies[rank % companies.length] ?? "" };
};

const padded = (number: number, digits: number): string => String(number).padStart(digits, "0");
const outsideNumber = (kind: number, group: number): string => {
  if (kind === 7 && group < 100) return `00161455501${padded(group, 2)}`;
  if (kind === 8 && group < 1000) return `00493023125${padded(group, 3)}`;
  if (kind === 9 && group < 1000) return `00442079460${padded(group, 3)}`;
  return kind < 5 ? `00393335${padded(group * 5 + kind, 6)}` : `0039025${padded(group * 5 + kind - 5, 7)}`;
};
