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

export const queues = [
  { id: "1", name: "Support", members: ["102", "103", "105"] },
  { id: "2", name: "Sales", members: ["101", "104"] },
  { id: "3", name: "Büro & Empfang", members: ["116"] },
];

export const callers = [
  "Café Central",
  "Müller GmbH",
  "O’Neill & Sons",
  "",
  "Acme Inc.",
  "Società Rossi",
  "株式会社サンプル",
  "Nordisk Øl A/S",
];
