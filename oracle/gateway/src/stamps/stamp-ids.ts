/** Of ids that the wire's StampId and StampBatchId accepted. */
export type StampPlace = { readonly sequence: bigint; readonly index: number };

export function placeOf(id: string): StampPlace {
  const [, sequence = "", index = ""] = id.split("_");
  return { sequence: BigInt(sequence), index: Number(index) };
}

export const stampId = (sequence: bigint, index: number): string => `st_${sequence}_${index}`;
export const batchId = (sequence: bigint, index: number, count: number): string => `sb_${sequence}_${index}_${count}`;
