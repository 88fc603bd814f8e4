/** Files that import each other, directly or by way of others. Types count: who reads one has to read all of them. */

/** Imports of the repository's own files, by file; both with slashes and relative to the repository. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** One sentence per circle, in the order of the files; empty when there is none. (Tarjan 1972, strongly connected components.) */
export function findCircles(graph: ImportGraph): string[] {
  const circles: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];

  function visit(file: string): void {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    path.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!order.has(target)) visit(target);
      if (path.includes(target)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(target)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const circle = path.splice(path.indexOf(file));
    if (circle.length > 1) circles.push(circle.sort());
  }

  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return circles
    .map((circle) => `${circle.join(', ')} import each other: move what they share into a file of its own.`)
    .sort();
}
