/**
 * `npm run crash`: kills real processes, at every named point or at random, and checks what is left. Where we have
 * started the server, random kills hit it, too, and follow the points.
 */
import { pointNames } from '@waybill/core';
import { crashEverywhere } from './crash-points.ts';
import { type Options, readOptions, usage } from './options.ts';
import { killAtRandom } from './random-kills.ts';
import { technologyNamed } from './technologies.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const listed = (violations: readonly string[], folder: string): string =>
  [...violations.map((violation) => `\n    ${violation}`), `\n    its files: ${folder}`].join('');

const crash = async (options: Options): Promise<number> => {
  const { technologies, json } = options;
  const startedAt = performance.now();
  const reports = await crashEverywhere(technologies, {
    ...options,
    onReport: (report) => {
      const { point, hit, violations, ms, folder } = report;
      const result = violations.length === 0 ? 'ok' : `VIOLATED${listed(violations, folder)}`;
      console.log(json ? JSON.stringify(report) : `${point.padEnd(24)} #${hit}  ${seconds(ms)}  ${result}`);
    },
  });
  const wrong = reports.filter(({ violations }) => violations.length > 0).length;
  if (!json) {
    const took = seconds(performance.now() - startedAt);
    console.log(`${reports.length} crashes, ${wrong} with violations, ${took}, ${describe(options)}`);
  }
  return wrong;
};

const kill = async (options: Options, kills: number): Promise<number> => {
  const { technologies, seed, json } = options;
  if (!json) console.log(`seed ${seed}`);
  const report = await killAtRandom(technologies, { kills, seed });
  const { pauses, serverKills, tasks, completed, violations, ms, folder } = report;
  if (json) {
    console.log(JSON.stringify(report));
  } else {
    if (violations.length > 0) console.log(`VIOLATED${listed(violations, folder)}`);
    const servers = serverKills === 0 ? '' : ` ${serverKills} kills of the server,`;
    const counts = `${kills} kills,${servers} ${pauses} pauses, ${tasks} tasks (${completed} completed)`;
    console.log(
      `${counts}, ${violations.length} violations, seed ${seed}, ${seconds(ms)}, ${describe(options)}`,
    );
  }
  return violations.length;
};

const describe = ({ technologies: { store, broker, channel } }: Options): string =>
  `store ${store}, broker ${broker}, channel ${channel}`;

const needsServer = (technologies: Options['technologies']): boolean =>
  Object.values(technologies).some((name) => technologyNamed(name).start !== undefined);

const readOrExplain = (): Options | undefined => {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return undefined;
  }
};

/** Where there is a server, points of our own processes are not everything that can crash. */
const crashAll = async (options: Options): Promise<number> => {
  const wrong = await crash(options);
  const isPartial = options.points.length < pointNames.length;
  return isPartial || !needsServer(options.technologies) ? wrong : wrong + (await kill(options, 30));
};

const options = readOrExplain();
if (options === undefined) process.exitCode = 2;
else {
  const wrong = options.kills === undefined ? await crashAll(options) : await kill(options, options.kills);
  process.exitCode = wrong === 0 ? 0 : 1;
}
