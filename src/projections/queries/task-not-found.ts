import { NotFoundException } from '@nestjs/common';

export const taskNotFound = (taskId: string, detail = `There is no task ${taskId}.`): NotFoundException =>
  new NotFoundException({ detail, code: 'task_not_found' });
