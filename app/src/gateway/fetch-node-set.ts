import { type NodeSet, parseNodeSet } from "@chronoledger/core";
import { askGateway, type Decoder } from "./ask-gateway.ts";

const AnySet: Decoder<unknown> = { safeParse: (data) => ({ success: true, data }) };

/** The node set as this gateway tells it. @throws rpc/unavailable, input/malformed, node-set/invalid */
export const fetchNodeSet = async (): Promise<NodeSet> => parseNodeSet(await askGateway(AnySet, "/v1/node-set"));
