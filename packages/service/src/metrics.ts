/** For metrics of a service's own; register them in the registry of its HTTP server. */
export { Counter, Gauge, Histogram } from "prom-client";
