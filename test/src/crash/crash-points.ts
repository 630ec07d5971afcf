import { type PointName, pointNames } from '@waybill/core';
import { crashAt, type CrashPoint, type CrashReport } from './crash-point.ts';
import type { Technologies } from './new-deployment.ts';
import { Servers } from './servers.ts';

export interface CrashPointsOptions {
  /** Default: all of them. */
  readonly points?: readonly PointName[];
  /** Default: the first and the second time. */
  readonly hits?: readonly number[];
  /** So many runs at once, each with files and processes of its own. Most of a run is waiting. Default 3. */
  readonly parallel?: number;
  readonly onReport?: (report: CrashReport) => void;
}

/** Every point, each time that it is come by. */
export const crashEverywhere = async (
  technologies: Technologies,
  { points = pointNames, hits = [1, 2], parallel = 3, onReport }: CrashPointsOptions = {},
): Promise<readonly CrashReport[]> => {
  const waiting = points.flatMap((point) => hits.map((hit): CrashPoint => ({ point, hit })));
  const reports: CrashReport[] = [];
  const servers = await Servers.start(Object.values(technologies));
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const report = await crashAt(technologies, servers, next);
      reports.push(report);
      onReport?.(report);
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, lane));
    return reports;
  } finally {
    await servers.stop();
  }
};
