import type { Activity, Role } from "@chronoledger/compliance";

export const ROLES: Readonly<Record<Role, string>> = {
  "trading-venue": "Trading venue",
  "systematic-internaliser": "Systematic internaliser",
  "venue-member": "Member or participant of a venue",
  dpe: "Designated publishing entity",
  apa: "Approved publication arrangement",
  ctp: "Consolidated tape provider",
  "cat-industry-member": "CAT industry member (US)",
  "cat-participant": "CAT participant: exchange or FINRA (US)",
  "sft-counterparty": "Counterparty of securities financing (SFTR)",
  "derivative-counterparty": "Counterparty of derivatives (EMIR)",
};
export const ACTIVITIES: Readonly<Record<Activity, string>> = {
  hft: "High-frequency algorithmic trading",
  "other-trading": "Other trading",
  voice: "Voice trading",
  "human-rfq": "Request for quote with a human",
  negotiated: "Negotiated transactions",
  "manual-orders": "Manual order events (US)",
};
export const REGIMES: Readonly<Record<string, string>> = {
  "mifid-eu": "MiFID II, EU",
  "mifid-uk": "MiFID II, UK",
  cat: "CAT, US",
  sftr: "SFTR",
  emir: "EMIR",
};
