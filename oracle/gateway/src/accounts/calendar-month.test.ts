import assert from "node:assert/strict";
import { NS_PER_S, unixNs } from "@chronoledger/core";
import * as fc from "fast-check";
import { holds } from "../../../../test/support/property.ts";
import { monthEnd, monthOf, monthStart, secondsUntil } from "./calendar-month.ts";

/** The years that the API's months can name. */
const START = BigInt(Date.UTC(2000, 0)) * 1_000_000n;
const END = BigInt(Date.UTC(2100, 0)) * 1_000_000n;

describe("calendar months", () => {
  it("every instant lies in its month, and the months follow one another without a gap", () => {
    holds(
      fc.property(fc.bigInt(START, END - 1n), (instant) => {
        const month = monthOf(unixNs(instant));
        assert.ok(monthStart(month) <= instant && instant < monthEnd(month));
        assert.equal(monthStart(monthOf(monthEnd(month))), monthEnd(month));
        assert.equal(monthOf(unixNs(monthEnd(month) - 1n)), month);
        assert.ok(month < monthOf(monthEnd(month)));
      }),
    );
  });

  it("February has a day more in leap years, and December ends with the year", () => {
    const days = (month: string) => (monthEnd(month) - monthStart(month)) / (86_400n * NS_PER_S);
    assert.deepEqual(["2027-02", "2028-02", "2027-04", "2027-12"].map(days), [28n, 29n, 30n, 31n]);
    assert.equal(monthOf(monthEnd("2027-12")), "2028-01");
  });

  it("rounds what is left up, and never says that nothing is", () => {
    const end = monthEnd("2027-01");
    assert.equal(secondsUntil(end, unixNs(end - 1n)), 1);
    assert.equal(secondsUntil(end, unixNs(end - NS_PER_S - 1n)), 2);
    assert.equal(secondsUntil(end, end), 1);
  });
});
