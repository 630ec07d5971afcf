import { loadSuite } from '../suite.ts';

// The second process of a latency: tells when each task starts in it.
const [suite = '', name = '', folder = ''] = process.argv.slice(2);
const contender = await (await loadSuite(suite))?.contenders[name]?.(folder);
if (contender === undefined) throw new Error(`no such contender: ${suite}, ${name}`);
contender.onStart = (n) => process.send?.({ n, at: String(process.hrtime.bigint()) });
await contender.startWorkers?.({ concurrency: 10, document: false });
process.send?.({ ready: true });
