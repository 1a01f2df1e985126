import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { findOutWho } from './api/who.js';
import { App } from './app.js';
import { notifyWhenNeeded } from './live/notifications.js';
import './styles/base.css';
import './styles/parts.css';
import './styles/list.css';
import './styles/create.css';
import './styles/task.css';
import './styles/conversation.css';

notifyWhenNeeded();
findOutWho();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
