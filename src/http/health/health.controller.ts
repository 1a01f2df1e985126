import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { register } from 'prom-client';
import { Readiness } from '../../platform/readiness.js';
import { Needs, NeedsNobody } from '../access/needs.js';

/** For those who run the service. */
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  /** The process answers. */
  @NeedsNobody()
  @Get('health/live')
  live() {
    return { status: 'ok' };
  }

  /** 200 when work can be done here; else 503, and each check says what is missing. */
  @NeedsNobody()
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) response: Response) {
    const checks = await this.readiness.check();
    const ok = Object.values(checks).every((check) => check.ok);
    response.status(ok ? 200 : 503);
    return { status: ok ? 'ok' : 'not ready', checks };
  }

  @Needs('operate', 'nothing')
  @Get('metrics')
  async metrics(@Res() response: Response): Promise<void> {
    response.type(register.contentType).send(await register.metrics());
  }
}
