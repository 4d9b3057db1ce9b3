/* How a job is owned, advanced and finished (docs/protocol.md), for spin to try every history of:
 * two workers, two messages of one job, a person who may cancel it, bring it back when it is dead or
 * run it again when it has ended, and FAULTS faults of any kind.
 * docs/model.md tells which function of the product each step stands for.
 *
 * What stands in one atomic is one request to the store or one word to the broker. Before each of
 * them a worker may die (MAY_DIE), and it may stand still for as long as the others like: nobody
 * ever has to wait for it.
 *
 * -DNO_FENCE and the like plant a fault in the protocol: each must be found. */

#ifndef FAULTS
#define FAULTS 3      /* deaths, lost answers, lost connections, hasty claims, interruptions, ... */
#endif
#ifndef QUESTIONS
#define QUESTIONS 1   /* to an owner that lives; one that is gone may be asked any number */
#endif
#ifndef GENERATIONS
#define GENERATIONS 1 /* checkpoints of the job */
#endif

#define WORKERS 2
#define MESSAGES 3    /* two that were submitted, and room for a copy */
#define RECORDS 14    /* that somebody has not read yet */
#define IDS 7
#define NONE 31

#define nothing 0     /* no record at all */
mtype = { claimed, checkpointed, asked, answered, ended, completed, cancelled, dead, redriven };

typedef Record {
  mtype kind;
  byte id;            /* the attempt's random id */
  byte attempt;       /* its number */
  byte generation;    /* the newest committed */
  byte by;            /* asked: who asks; ended: who found the owner silent, 0 the owner itself */
  byte first;         /* the first attempt of this epoch; 0 of the first epoch */
  bool back;          /* the next attempt resumes from an older checkpoint than the newest */
};

/* The store. Cell 0 of the log is the newest record that everybody has read who reads at all; older
 * ones can change nothing any more and are forgotten, so that equal futures are equal states. */
Record log[RECORDS];
byte last;
Record late;          /* a create that is still on its way, whoever sent it */
byte late_at = NONE;
bool stored[8];       /* the outputs below each attempt's number */
bool done[8];         /* ... and its program had done all its work */
byte published;       /* whose outputs stand under their plain names */

/* The broker: 0 gone, 1 waiting, 2 + w delivered to worker w. */
byte message[MESSAGES];

/* What a worker remembers; all of it is gone with its process. */
byte known[WORKERS];  /* the cell of the newest record that it has read */
byte id[WORKERS];     /* of its attempt, or of the one that it would like to begin */
byte current[WORKERS];  /* the message that it works on */
bool holding[WORKERS];  /* ... which is still delivered to it */
byte parked[WORKERS];   /* another delivery, parked */
byte cancelling = NONE; /* the cell that a person has read who cancels */

byte faults = FAULTS, questions = QUESTIONS, generations = GENERATIONS;
bool cancel_asked;
byte letter;            /* the attempt of which a dead letter waits for a person; 0: there is none */
bool redriving;         /* somebody has brought the job back and not published its message yet */
byte reviving = NONE;   /* the cell that this person has read, and appends after */
byte ended_with;        /* the attempt with which the job had ended then */

#define NEWEST log[last]
#define VIEW log[known[w]]
#define IS_END(k) ((k) == completed || (k) == cancelled || (k) == dead)
#define IS_RUNNING(k) ((k) == claimed || (k) == checkpointed || (k) == asked || (k) == answered)
#define SUPERSEDES(r) (r.id != id[w] || !IS_RUNNING(r.kind))
#define SAME(a, b) (a.kind == b.kind && a.id == b.id && a.attempt == b.attempt && \
                    a.generation == b.generation && a.by == b.by && a.first == b.first && \
                    a.back == b.back)
/* Whether two ends are one, whatever was appended between them that changed nothing. */
#define SAME_END(a, b) (a.kind == b.kind && a.attempt == b.attempt && a.first == b.first)

/* What a refused append finds: an earlier try of its own, or somebody else's. */
#ifdef LOST_ANSWER_NOT_READ_BACK
#define OURS false
#else
#define OURS SAME(mine, VIEW)
#endif
#ifdef NO_FENCE
#define LOST_THE_JOB false
#else
#define LOST_THE_JOB SUPERSEDES(VIEW)
#endif

#define OWNER_LIVES (id[0] == NEWEST.id || id[1] == NEWEST.id)
#define ROOM_FOR_A_COPY (MESSAGES_LEFT < MESSAGES)
#define MESSAGES_LEFT ((message[0] != 0) + (message[1] != 0) + (message[2] != 0))

inline copy_record(to, from) {
  to.kind = from.kind; to.id = from.id; to.attempt = from.attempt;
  to.generation = from.generation; to.by = from.by; to.first = from.first; to.back = from.back
}

inline clear_record(r) {
  r.kind = nothing; r.id = 0; r.attempt = 0; r.generation = 0; r.by = 0; r.first = 0; r.back = false
}

inline moved_down(cell) {
  if :: cell != NONE -> cell = cell - k :: else fi
}

/* Forgets what everybody has read. */
inline forget() {
  d_step {
    if
    :: late_at <= last -> late_at = NONE; clear_record(late)  /* It will be refused. */
    :: else
    fi;
    k = last;
    if :: known[0] < k -> k = known[0] :: else fi;
    if :: known[1] < k -> k = known[1] :: else fi;
    if :: cancelling < k -> k = cancelling :: else fi;
    if :: reviving < k -> k = reviving :: else fi;
    if :: late_at - 1 < k -> k = late_at - 1 :: else fi;
    if
    :: k > 0 ->
       i = 0;
       do
       :: i + k <= last -> copy_record(log[i], log[i + k]); i++
       :: else -> break
       od;
       do
       :: i <= last -> clear_record(log[i]); i++
       :: else -> break
       od;
       last = last - k;
       moved_down(known[0]); moved_down(known[1]); moved_down(cancelling); moved_down(reviving);
       moved_down(late_at)
    :: else
    fi;
    k = 0; i = 0
  }
}

/* The promises, held against every record that comes to stand in the log. */
inline check_record(r, before) {
  assert(!IS_END(before.kind) || r.kind == redriven);  /* G2: nothing follows an end but a person */
  assert(r.first == before.first || (r.kind == redriven && r.first == before.attempt + 1));
  assert(r.generation >= before.generation || r.first > before.first);  /* G3: it never goes down */
  assert(r.kind != claimed || r.attempt == before.attempt + 1);     /* G4: a number is used once */
  assert(r.kind == claimed || r.attempt == before.attempt);
  assert(r.kind != checkpointed || r.generation == before.generation + 1);  /* each used once */
  assert(r.back == before.back || r.kind == checkpointed || r.kind == ended ||
         r.kind == redriven);                     /* who steps back does so until it has stored one */
  assert(r.kind == claimed || r.kind == cancelled || r.kind == redriven ||  /* G4: only the owner */
         (r.id == before.id && IS_RUNNING(before.kind)));
  assert(r.kind != completed || stored[r.attempt]);                 /* G7: finished means stored */
  assert(r.kind != completed || done[r.attempt])                    /* ... and means finished */
}

/* Create-if-absent of cell `at`, as the store carries it out. */
inline land(r, at) {
#ifdef UNCONDITIONAL_CREATE
  landed = (at <= last + 1);
#else
  landed = (at == last + 1);
#endif
  if
  :: landed ->
     assert(at < RECORDS);
     check_record(r, log[at - 1]);
     copy_record(log[at], r);
     if :: at > last -> last = at :: else fi
  :: else
  fi
}

/* Sends `mine` as the record after cell `position`. What its sender hears: created, refused, or
 * nothing, and then it landed, or lands later, or never does. */
inline create(position) {
  if
  :: land(mine, position + 1); heard = true
  :: faults > 0 -> faults--; land(mine, position + 1); landed = false; heard = false
  :: faults > 0 && late_at == NONE ->
     faults--; copy_record(late, mine); late_at = position + 1; landed = false; heard = false
  fi
}

/* A create that its sender has given up waiting for. */
active proctype Network() {
  byte i, k;
  bool landed;
end_network:
  do
  :: atomic { late_at != NONE ->
       if :: land(late, late_at) :: true fi;
       landed = false; late_at = NONE; clear_record(late); forget() }
  od
}

inline lose_deliveries(w) {
  i = 0;
  do
  :: i < MESSAGES -> if :: message[i] == 2 + w -> message[i] = 1 :: else fi; i++
  :: else -> break
  od;
  i = 0; holding[w] = false; parked[w] = NONE
}

/* The broker takes a worker for gone that works on, and redelivers. */
active proctype Broker() {
  byte i;
end_broker:
  do
  :: atomic { faults > 0 && (holding[0] || parked[0] != NONE) -> faults--; lose_deliveries(0) }
  :: atomic { faults > 0 && (holding[1] || parked[1] != NONE) -> faults--; lose_deliveries(1) }
  od
}

/* A person cancels the job, at whatever moment. */
active proctype Person() {
  byte i, k;
  bool landed, heard;
  Record mine;
end_person:
  do
  :: atomic { faults > 0 && !cancel_asked -> faults--; cancel_asked = true; cancelling = last }
  :: atomic { cancelling != NONE && IS_END(log[cancelling].kind) -> cancelling = NONE; forget() }
  :: atomic { cancelling != NONE && !IS_END(log[cancelling].kind) ->
       copy_record(mine, log[cancelling]); mine.kind = cancelled; mine.by = 0;
       create(cancelling);
       if
       :: heard && landed -> cancelling = NONE
       :: heard && !landed ->
          cancelling++;
          if :: SAME(mine, log[cancelling]) -> cancelling = NONE :: else fi
       :: !heard
       fi;
       landed = false; heard = false; clear_record(mine); forget() }
  od
}

/* Published and confirmed; before anybody acts on it. */
inline publish_copy() {
  i = 0;
  do
  :: message[i] != 0 -> i++
  :: else -> message[i] = 1; break
  od;
  i = 0
}

/* A person brings a dead job back, or runs one again that has ended otherwise, which begins an
 * epoch: the log first, then the message, and only then the letter goes. */
active proctype Redriver() {
  byte i, k;
  bool landed, heard;
  Record mine;
end_redriver:
  do
  :: atomic { faults > 0 && (letter > 0 || NEWEST.kind == completed || NEWEST.kind == cancelled) &&
       reviving == NONE && !redriving -> faults--; reviving = last }
  :: atomic { reviving != NONE && !IS_END(log[reviving].kind) -> reviving = NONE; forget() }
  :: atomic { reviving != NONE && IS_END(log[reviving].kind) ->
       copy_record(mine, log[reviving]); ended_with = mine.attempt; mine.kind = redriven; mine.by = 0; mine.back = false;
       if
       :: log[reviving].kind != dead -> mine.first = mine.attempt + 1; mine.generation = 0
       :: else
       fi;
       create(reviving);
       if
       :: heard && landed -> reviving = NONE; redriving = true
       :: heard && !landed ->
          reviving++;
          if :: SAME(mine, log[reviving]) -> reviving = NONE; redriving = true :: else fi
       :: !heard
       fi;
       landed = false; heard = false; clear_record(mine); forget() }
  :: atomic { redriving && ROOM_FOR_A_COPY -> publish_copy(); redriving = false;
       if
#ifdef ANY_LETTER_REMOVED
       :: letter > 0 -> letter = 0
#else
       :: letter > 0 && letter <= ended_with -> letter = 0  /* It may be dead again by now. */
#endif
       :: else
       fi;
       ended_with = 0 }
  od
}

/* An id that nobody has. */
inline fresh_id() {
  d_step {
    i = 1;
    do
    :: i <= IDS ->
       k = 0; landed = (id[1 - w] == i || (late_at != NONE && late.id == i));
       do
       :: k <= last -> if :: log[k].id == i -> landed = true :: else fi; k++
       :: else -> break
       od;
       if :: landed -> i++ :: else -> break fi
    :: else -> break
    od;
    assert(i <= IDS);
    id[w] = i; i = 0; k = 0; landed = false
  }
}

inline adopt(m) {
  current[w] = m; message[m] = 2 + w; holding[w] = true
}

inline take(m) {
  current[w] = m; message[m] = 2 + w; holding[w] = true; fresh_id()
}

/* A message leaves the broker for good only when the job has ended and what belongs to that is
 * done, or when another one of the job is there (G1, G7). */
inline acknowledge() {
  if
  :: holding[w] ->
     message[current[w]] = 0;
     assert(MESSAGES_LEFT > 0 || NEWEST.kind == cancelled || redriving || reviving != NONE ||
            (NEWEST.kind == dead && letter == NEWEST.attempt) ||
            (NEWEST.kind == completed && published == NEWEST.attempt))
  :: else
  fi;
  holding[w] = false
}

/* One more message of a job that it is about to settle. */
inline second(m) {
  if
  :: holding[w] -> message[m] = 0
  :: else -> adopt(m)
  fi;
#ifndef SECOND_MESSAGE_NOT_NOTICED
  came = true
#else
  skip
#endif
}

inline hand_back() {
  if :: holding[w] -> message[current[w]] = 1 :: else fi;
  holding[w] = false
}

/* What attempts of former epochs have stored goes before the first file is copied, so that who still
 * publishes for one of them has nothing to copy from. */
inline remove_former() {
  d_step {
    i = 0;
    do
    :: i < VIEW.first -> stored[i] = false; i++
    :: else -> break
    od;
    i = 0
  }
}

inline publish_outputs() {
  assert(published == 0 || published == VIEW.attempt || published < VIEW.first);  /* G2: one result */
  published = VIEW.attempt
}

inline forget_all() {
  known[w] = NONE; id[w] = 0; current[w] = NONE; holding[w] = false;
  clear_record(mine); after = 0; came = false; forget()
}

#define MAY_DIE \
  :: atomic { faults > 0 -> faults--; lose_deliveries(w); forget_all(); goto end_idle }
#define MAY_ABANDON \
  :: atomic { !holding[w] -> forget_all(); goto end_idle }

/* What an append is for. */
#define A_CLAIM 1
#define A_QUESTION 2
#define A_CHECKPOINT 3
#define AN_ANSWER 4
#define AN_INTERRUPTION 5
#define A_FAILURE 6
#define A_COMPLETION 7
#define A_RELEASE 8   /* of a job whose owner is silent */
#define A_DEATH 9     /* the last failure that is forgiven was the one before */
#define CLAIMS (after == A_CLAIM || after == A_QUESTION || after == A_RELEASE)

inline next_record(what) {
  copy_record(mine, VIEW); mine.by = 0; after = what;
  if
  :: what == A_CLAIM ->
     mine.kind = claimed; mine.id = id[w]; mine.attempt = mine.attempt + 1;
#ifdef STEP_BACK_FORGOTTEN
     mine.back = false
#else
     skip
#endif
  :: what == A_QUESTION -> mine.kind = asked; mine.by = w + 1
  :: what == A_CHECKPOINT ->
     mine.kind = checkpointed;
     mine.generation = mine.generation + 1;
     mine.back = false
  :: what == AN_ANSWER -> mine.kind = answered
  :: what == AN_INTERRUPTION -> mine.kind = ended
  :: what == A_FAILURE -> mine.kind = ended; if :: mine.generation > 0 -> mine.back = true :: else fi
  :: what == A_DEATH -> mine.kind = dead
  :: what == A_COMPLETION -> mine.kind = completed
  :: what == A_RELEASE -> mine.kind = ended; mine.by = w + 1
  fi
}

proctype Worker(byte w) {
  byte i, k;
  bool landed, heard, came;
  byte after = 0;     /* what the append under way is for */
  Record mine;        /* ... and its record */

end_idle:
  if
  :: atomic { message[0] == 1 -> take(0); goto claim }
  :: atomic { message[1] == 1 -> take(1); goto claim }
  :: atomic { message[2] == 1 -> take(2); goto claim }
  :: atomic { parked[w] != NONE ->
       current[w] = parked[w]; parked[w] = NONE; holding[w] = true; fresh_id(); goto claim }
  fi;

/* The broker has counted it too often: a fresh copy replaces it, before anybody works on it. */
renew:
#ifdef ACKNOWLEDGED_BEFORE_RENEWED
  if
  :: atomic { holding[w] -> acknowledge(); known[w] = NONE }
  MAY_ABANDON
  fi;
  if
  :: atomic { true -> publish_copy(); forget_all(); goto end_idle }
  MAY_DIE
  fi;
#else
  if
  :: atomic { holding[w] && ROOM_FOR_A_COPY -> publish_copy(); known[w] = NONE }
  :: atomic { holding[w] && !ROOM_FOR_A_COPY -> hand_back(); forget_all(); goto end_idle }
  MAY_ABANDON
  MAY_DIE
  fi;
  if
  :: atomic { true -> acknowledge(); forget_all(); goto end_idle }
  MAY_DIE
  fi;
#endif

claim:
  if
  MAY_ABANDON
  :: atomic { faults > 0 && ROOM_FOR_A_COPY && holding[w] -> faults--; goto renew }
  :: atomic { holding[w] ->
       known[w] = last; forget();
       if
       :: IS_END(VIEW.kind) -> goto finish
       :: IS_RUNNING(VIEW.kind) -> goto ask
       :: else -> next_record(A_CLAIM); goto append
       fi }
  MAY_DIE
  fi;

ask:
  if
  MAY_ABANDON
  :: atomic { holding[w] && !OWNER_LIVES -> next_record(A_QUESTION); goto append }
  :: atomic { holding[w] && OWNER_LIVES && questions > 0 ->
       questions--; next_record(A_QUESTION); goto append }
  /* Its owner was seen alive: wait for what comes, park, or hand back. */
  :: atomic { holding[w] && last > known[w] -> goto claim }
  :: atomic { holding[w] && OWNER_LIVES && parked[w] == NONE ->
       parked[w] = current[w]; holding[w] = false; forget_all(); goto end_idle }
  /* One message is enough to bring the job on. */
  :: atomic { holding[w] && OWNER_LIVES && parked[w] != NONE ->
       acknowledge(); forget_all(); goto end_idle }
  :: atomic { holding[w] && OWNER_LIVES -> hand_back(); forget_all(); goto end_idle }
  MAY_DIE
  fi;

wait_for_answer:
  if
  MAY_ABANDON
  :: atomic { last > known[w] ->
       do
       :: known[w] < last -> known[w]++; if :: VIEW.kind != asked -> came = true :: else fi
       :: else -> break
       od;
       forget();
       if
       :: came -> came = false; goto claim
       :: else -> goto wait_for_answer
       fi }
#ifndef PATIENT_FOR_EVER
  :: atomic { !OWNER_LIVES -> next_record(A_RELEASE); goto append }
#endif
  :: atomic { OWNER_LIVES && faults > 0 -> faults--; next_record(A_RELEASE); goto append }
  MAY_DIE
  fi;

append:
  if
  /* A claimant whose delivery is gone decides nothing any more. */
  :: atomic { CLAIMS && !holding[w] -> forget_all(); goto end_idle }
  :: atomic { true ->
       create(known[w]);
       if
       :: !heard && after == AN_ANSWER -> clear_record(mine); after = 0; goto own
       :: !heard && after != AN_ANSWER -> goto append
       :: heard && landed -> known[w]++
       :: heard && !landed ->
          known[w]++;
          if
          :: OURS -> skip
          :: !OURS && CLAIMS && VIEW.kind != asked ->
             heard = false; clear_record(mine); after = 0; forget(); goto claim
          :: !OURS && !CLAIMS && LOST_THE_JOB -> heard = false; goto superseded
          :: else -> heard = false; next_record(after); forget(); goto append
          fi
       fi;
       landed = false; heard = false; clear_record(mine); forget();
       if
       :: after == A_CLAIM -> after = 0; goto own
       :: after == A_QUESTION -> after = 0; goto wait_for_answer
       :: after == A_RELEASE -> after = 0; goto released
       :: after == A_CHECKPOINT || after == AN_ANSWER -> after = 0; goto own
       :: after == AN_INTERRUPTION -> after = 0; goto interrupted
       :: after == A_FAILURE -> after = 0; goto failed
       :: after == A_COMPLETION || after == A_DEATH -> after = 0; goto finish
       fi }
  MAY_DIE
  fi;

own:
  if
  :: atomic { last > known[w] ->
       do
       :: known[w] < last -> known[w]++
       :: else -> break
       od;
       if
       :: SUPERSEDES(VIEW) -> goto superseded
       :: !SUPERSEDES(VIEW) && VIEW.kind == asked ->
          forget(); next_record(AN_ANSWER); goto append
       :: else -> forget(); goto own
       fi }
  :: atomic { generations > 0 && !stored[VIEW.attempt] ->
       generations--; next_record(A_CHECKPOINT); goto append }
  :: atomic { faults > 0 && !stored[VIEW.attempt] ->
       faults--; next_record(AN_INTERRUPTION); goto append }
  :: atomic { faults > 0 && !stored[VIEW.attempt] && ROOM_FOR_A_COPY ->
       faults--; next_record(A_FAILURE); goto append }
  :: atomic { faults > 0 && !stored[VIEW.attempt] -> faults--; next_record(A_DEATH); goto append }
#ifdef EXIT_0_OF_A_STOPPED_PROGRAM_COUNTS
  :: atomic { faults > 0 && !stored[VIEW.attempt] -> faults--; stored[VIEW.attempt] = true; goto own }
#endif
  :: atomic { !stored[VIEW.attempt] -> stored[VIEW.attempt] = true; done[VIEW.attempt] = true;
#ifdef ACKNOWLEDGED_BEFORE_COMPLETED
       acknowledge();
#endif
       goto own }
  :: atomic { stored[VIEW.attempt] ->
#ifdef PUBLISHED_BEFORE_COMPLETED
       publish_outputs();
#endif
       next_record(A_COMPLETION); goto append }
  /* Connected again, the owner is given a message of its job: adopted. */
  :: atomic { !holding[w] && message[0] == 1 -> adopt(0); goto own }
  :: atomic { !holding[w] && message[1] == 1 -> adopt(1); goto own }
  :: atomic { !holding[w] && message[2] == 1 -> adopt(2); goto own }
  MAY_DIE
  fi;

superseded:
  atomic {
    /* G6: nobody is stopped who still owns the job, or takes his own end for another's. */
    assert(VIEW.id != id[w] || VIEW.kind == cancelled || VIEW.kind == redriven ||
           (VIEW.kind == ended && VIEW.by != 0));
    hand_back(); forget_all(); goto end_idle
  };

/* The job waits for everybody: a free slot claims it, a busy one hands the message back. */
released:
  if
  :: goto claim
  :: goto interrupted
  fi;

interrupted:
  if
  :: atomic { true -> hand_back(); forget_all(); goto end_idle }
  MAY_DIE
  fi;

/* A copy waits out the backoff, so that no slot does. */
failed:
  if
  :: atomic { holding[w] && ROOM_FOR_A_COPY -> publish_copy(); known[w] = NONE }
  :: atomic { !holding[w] || !ROOM_FOR_A_COPY -> hand_back(); forget_all(); goto end_idle }
  MAY_DIE
  fi;
  if
  :: atomic { true -> acknowledge(); forget_all(); goto end_idle }
  MAY_DIE
  fi;

/* Whoever meets an ended job finishes what is unfinished of it. */
finish:
  if
  :: atomic { VIEW.kind == cancelled -> goto remember_end }
  :: atomic { VIEW.kind == dead && holding[w] -> letter = VIEW.attempt; goto remember_end }
  :: atomic { VIEW.kind == dead && !holding[w] -> forget_all(); goto end_idle }
  :: atomic { VIEW.kind == completed ->
#ifndef FORMER_RESULT_KEPT
       remove_former();
#endif
       skip }
  MAY_DIE
  fi;
  if
#ifdef NOT_PUBLISHED_AGAIN
  :: atomic { VIEW.id != id[w] -> goto remember_end }
#endif
  :: atomic { stored[VIEW.attempt] -> publish_outputs() }
  :: atomic { !stored[VIEW.attempt] -> hand_back(); forget_all(); goto end_idle }
  MAY_DIE
  fi;
remember_end:
  atomic { copy_record(mine, VIEW); mine.id = 0; mine.by = 0; mine.generation = 0; mine.back = false;
    known[w] = NONE; came = false; forget() };

/* Meanwhile a second message of the job may have come, which was acknowledged because one is enough,
 * or adopted. A person may have brought the job back with it: so the log is read once more, always
 * after an end that a person brings back with ease. */
settle:
  if
  :: atomic { message[0] == 1 -> second(0); goto settle }
  :: atomic { message[1] == 1 -> second(1); goto settle }
  :: atomic { message[2] == 1 -> second(2); goto settle }
  :: atomic { mine.kind == completed && !came -> acknowledge(); forget_all(); goto end_idle }
#ifdef SETTLED_BY_AN_OLD_READING
  :: atomic { mine.kind != completed || came -> acknowledge(); forget_all(); goto end_idle }
#else
  :: atomic { mine.kind != completed || came -> known[w] = last; forget() }
#endif
  MAY_DIE
  fi;
  if
#ifdef SETTLED_BY_ANY_END
  :: atomic { IS_END(VIEW.kind) -> acknowledge(); forget_all(); goto end_idle }
  :: atomic { !IS_END(VIEW.kind) -> hand_back(); forget_all(); goto end_idle }
#else
  :: atomic { SAME_END(mine, VIEW) -> acknowledge(); forget_all(); goto end_idle }
  :: atomic { !SAME_END(mine, VIEW) -> hand_back(); forget_all(); goto end_idle }
#endif
  MAY_DIE
  fi
}

init {
  atomic {
    known[0] = NONE; known[1] = NONE; current[0] = NONE; current[1] = NONE;
    parked[0] = NONE; parked[1] = NONE;
    message[0] = 1; message[1] = 1;
    run Worker(0); run Worker(1)
  }
}

/* Faults being bounded, and nobody standing still for ever: the job ends and its queue is empty. */
ltl the_job_ends { <> (MESSAGES_LEFT == 0 && IS_END(NEWEST.kind)) }
