/** What the server sends, for the checker of types alone: no browser loads this file. */

export type Tone = "good" | "warn" | "bad" | "trial" | "rest" | "info";

export interface Model {
  id: string;
  status: string;
  why: string;
  error: string | null;
  out: string | null;
  breaker: string;
  retry_in: number | null;
  parked_for: number | null;
  rate: number;
  calls: number;
  errors: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  busy: number;
  limit: number;
  configured: number;
  waiting: number;
  quota: Quota | null;
  totals: Record<string, number>;
  spark: [number, number][];
  change: { at: number; text: string } | null;
  since: number | null;
  share: number | null;
  ramp: number | null;
}

export interface Quota {
  requests_left: number | null;
  requests_limit: number | null;
  tokens_left: number | null;
  tokens_limit: number | null;
}

export interface Fleet {
  models: number;
  usable: number;
  in_flight: number;
  waiting: number;
  crowded_since: number | null;
  tasks: Record<string, number>;
  calls: number;
  errors: number | null;
  rate: number;
}

export interface Verdict {
  level: "well" | "watch" | "bad" | "out";
  title: string;
  since: number | null;
  why: string;
  doing: string;
}

export interface Happening {
  n: number;
  at: number;
  kind: string;
  model: string | null;
  text: string;
  tone: Tone;
  workers?: number[];
  action?: Action;
  alert?: AlertNote;
}

export interface Action {
  verb: string;
  by: string;
  reason: string;
  before: string | null;
  after: string | null;
  automatic: boolean;
}

export interface AlertNote {
  condition: string;
  severity: string;
  model: string | null;
  message: string;
  since: number;
  fingerprint: string | null;
}

export interface Alert extends AlertNote {
  state?: string;
  told_on?: string[];
  acknowledged_by?: string | null;
  silenced?: boolean;
  escalated?: boolean;
  over?: boolean;
  told_elsewhere?: boolean;
  workers?: number[];
  runbook?: string | null;
}

export interface Delivery {
  at: number;
  fingerprints: string[];
  channel: string;
  kind: string;
  state: string;
  tries: number;
  reason: string | null;
}

export interface Silence {
  id: string;
  match: Record<string, string>;
  begins: number;
  ends: number;
  by: string;
  comment: string;
}

export interface Step {
  model: string;
  number: number;
  outcome: string;
  at: number;
  seconds: number;
  why: string | null;
}

export interface Way {
  number: number;
  at: number;
  task_id: string;
  success: boolean;
  model: string | null;
  seconds: number;
  strategy: string;
  fallback: boolean;
  degraded: boolean;
  steps: Step[];
  error: string | null;
  worker?: number;
}

export interface Degradation {
  level: string;
  reason: string;
  since: number | null;
  doing: string;
}

export interface Cluster {
  joined: boolean;
  peers: number;
  epoch: number;
  learning: boolean;
  fenced: boolean;
  error: string | null;
  alone?: number[];
}

export interface Experiment {
  id: string;
  title: string;
  since: number;
  until: number | null;
  faults: string;
  hits: number;
}

export interface Frame {
  id: string;
  now: number;
  fleet: Fleet;
  verdict: Verdict;
  alerts: Alert[];
  alerts_on: boolean;
  degradation: Degradation | null;
  experiments: Experiment[];
  cluster: Cluster | null;
  workers?: string;
  models: Record<string, Model>;
  order: string[];
  events: Happening[];
  tasks: Way[];
}

export interface State extends Frame {
  kept: boolean;
  audit: Happening[];
  resolved: Happening[];
}

export interface Session {
  role: "none" | "read" | "operate";
  by: string;
  token: string | null;
  can_leave: boolean;
}

/** Seconds since 1970, good, bad, rejected, p50, p95, busy; null where nothing is known. */
export type Point = [number, ...(number | null)[]];

export interface ModelAnswer {
  step: number;
  points: Point[];
  history: boolean;
  workers?: string;
  snapshot: { metrics: Metrics };
}

export interface Metrics {
  successes: number;
  failures: number;
  timeouts: number;
  cancelled: number;
  rejected: number;
  retries: number;
  failovers: number;
  faults: Record<string, number>;
}

export interface Setting {
  key: string;
  value: string;
  source: string;
}

export interface AuditRow extends Action {
  at: number;
  model: string | null;
}

export interface AlertRow extends AlertNote {
  at: number;
  change: string;
}

export interface Past<Row> {
  history: boolean;
  rows: Row[];
  more: boolean;
}

/** The part of uPlot that a chart uses. */
export interface Plot {
  width: number;
  cursor: { idx: number | null | undefined };
  data: (number | null)[][];
  setSize(size: { width: number; height: number }): void;
  setData(data: (number | null)[][]): void;
  setCursor(place: { left: number; top: number }): void;
  valToPos(value: number, scale: string): number;
  destroy(): void;
}

declare global {
  interface Window {
    uPlot: new (options: object, data: (number | null)[][], root: HTMLElement) => Plot;
  }
}
