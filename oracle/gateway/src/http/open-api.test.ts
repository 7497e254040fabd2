import assert from "node:assert/strict";
import { CreateKey, IssuedKey, KeyId, PageQuery } from "@chronoledger/core/gateway";
import * as z from "zod";
import { openApiOf } from "./open-api.ts";
import { type Route, route } from "./route.ts";

type Operation = {
  security: object[];
  parameters: { name: string; in: string; required: boolean; schema: Record<string, unknown> }[];
  requestBody?: { content: Record<string, { schema: Record<string, unknown> }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Record<string, unknown> }> }>;
};
const sample = (more: Partial<Route>): Operation => {
  const definition = route({
    method: "POST",
    path: "/v1/things/:id/parts/:part",
    operationId: "makePart",
    tag: "parts",
    summary: "Makes a part",
    access: { scope: "account" },
    params: z.object({ id: KeyId, part: z.coerce.number().int().min(0) }),
    body: CreateKey,
    answer: IssuedKey,
    status: 201,
    handle: async () => undefined,
    ...more,
  } as Route);
  const { paths } = openApiOf([definition], undefined) as { paths: Record<string, Record<string, Operation>> };
  return paths["/v1/things/{id}/parts/{part}"]?.[definition.method.toLowerCase()] as Operation;
};

describe("the OpenAPI document", () => {
  it("shows 64-bit integers and bytes as the strings that they are on the wire", () => {
    const { requestBody, responses } = sample({});
    const body = requestBody?.content["application/json"]?.schema as { properties: Record<string, unknown> };
    assert.match(JSON.stringify(body.properties.expiresUtcNs), /"type":"string"/);
    assert.match(JSON.stringify(responses["201"]), /"createdUtcNs":\{"type":"string"/);
  });

  it("names every parameter of the path, and those of the query as they are", () => {
    const { parameters } = sample({ method: "GET", query: PageQuery });
    assert.deepEqual(
      parameters.map(({ name, in: where, required }) => [name, where, required]),
      [
        ["id", "path", true],
        ["part", "path", true],
        ["cursor", "query", false],
        ["limit", "query", false],
      ],
    );
  });

  it("offers an Idempotency-Key on every POST that has an effect", () => {
    const has = (operation: Operation) => operation.parameters.some(({ name }) => name === "Idempotency-Key");
    assert.ok(has(sample({})));
    assert.ok(!has(sample({ idempotency: "none" })));
    assert.ok(!has(sample({ method: "GET" })));
  });

  it("gives every refusal its status, by its codes", () => {
    const { responses } = sample({ errors: ["quota/exceeded", "schedule/expired"] });
    assert.deepEqual(Object.keys(responses), [
      "201",
      "400",
      "401",
      "403",
      "404",
      "409",
      "413",
      "422",
      "429",
      "500",
      "503",
    ]);
    assert.match(responses["429"]?.description ?? "", /rate\/limited, quota\/exceeded/);
    assert.match(responses["409"]?.description ?? "", /schedule\/expired, idempotency\/in-progress/);
    const { responses: open, security } = sample({ access: "public", method: "GET" });
    assert.ok(!("401" in open) && !("403" in open));
    assert.deepEqual(security, []);
  });

  it("tells the operator's routes from those of keys", () => {
    assert.deepEqual(sample({ access: "operator" }).security, [{ operator: [] }]);
    assert.deepEqual(sample({ access: "any-key" }).security, [{ apiKey: [] }]);
  });
});
