import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-code.ts';

type Kit = typeof import('@waybill/testing');

/** The conformance kit, which is installed only where adapters are tested. */
export const loadKit = async (load: () => Promise<Kit> = () => import('@waybill/testing')): Promise<Kit> => {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CommandError('the conformance kit is not installed', {
      exit: exitCodes.config,
      fix: 'npm i -D @waybill/testing',
    });
  }
};
