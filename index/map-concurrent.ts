/** Work on many things, some at a time: platforms and disks open only so many connections and files. */

/**
 * @param limit how many are under way at once
 * @returns what each gave, in the order of the items
 * @throws what the first that failed threw; no more is begun then, and what is under way is not waited for
 */
export async function mapConcurrent<T, R>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      try {
        results[at] = await work(items[at]);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}
