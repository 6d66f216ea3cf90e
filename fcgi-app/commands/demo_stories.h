/* demo_stories.h - what the demonstration tells: courses that an application may take, and who applies for
 * what, told in working days before the pinned day, so that the stories move with it. All names and numbers
 * are made up. */
#ifndef MINGDA_DEMO_STORIES_H
#define MINGDA_DEMO_STORIES_H

#include <stddef.h>

/* Steps are so many working days after the receipt, or, counted from the end, so many before the pinned day.
 */
enum { STORY_TODAY = -1, STORY_YESTERDAY = -2 };

struct demo_step {
    int day; /* working days after the receipt; STORY_TODAY and below: -1 - days before the pinned day */
    const char *role; /* NULL: the applicant */
    const char *kind, *child;
    const char *data; /* JSON; "+10" for a day: ten working days later; "@handler": whoever holds the role */
};

struct demo_course {
    const struct demo_step *steps;
    size_t count;
    int items;         /* how many items its steps expect */
    const char *topic; /* what is asked for; NULL: the next of DEMO_TOPICS */
};

struct demo_story {
    int agency, course;
    int before; /* received so many working days before the pinned day */
};

/* What an applicant of the demonstration sends back once such a letter has reached them. */
struct demo_answer {
    const char *letter;      /* code of its template */
    const char *kind, *data; /* as in a step */
};

extern const struct demo_course DEMO_COURSES[];
extern const struct demo_story DEMO_STORIES[];
extern const size_t DEMO_STORY_COUNT;
extern const struct demo_answer DEMO_ANSWERS[];
extern const size_t DEMO_ANSWER_COUNT;
extern const char *const DEMO_PEOPLE[], *const DEMO_BODIES[], *const DEMO_TOPICS[];
extern const size_t DEMO_PEOPLE_COUNT, DEMO_BODY_COUNT, DEMO_TOPIC_COUNT;

#endif
