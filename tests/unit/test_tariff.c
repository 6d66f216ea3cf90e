/* Tariffs: the vectors of the fee for processing (statute, section 3), the calculation line by line, the
 * guard, and tariffs that are refused with file and line. */
#include "law_files.h"
#include "tariff.h"

static const struct civil DAY = {2026, 3, 30};

static const struct tariff *tariff_of(const struct edition *e, const char *name)
{
    const struct tariff *t = tariff_on(e, name, DAY);
    assert_non_null(t);
    return t;
}

static int64_t yuan(TALLOC_CTX *life, const struct tariff *t, int64_t earlier, int64_t quantity)
{
    struct charge c;
    must(tariff_charge(life, t, earlier, quantity, &c));
    assert_int_equal(c.total % 100, 0);
    int64_t sum = 0, units = 0;
    for (size_t i = 0; i < c.line_count; i++) {
        assert_int_equal(c.lines[i].from, earlier + units + 1);
        assert_int_equal(c.lines[i].count, c.lines[i].to - c.lines[i].from + 1);
        assert_int_equal(c.lines[i].sum, c.lines[i].count * c.lines[i].price);
        for (int64_t n = c.lines[i].from; n <= c.lines[i].to; n++)
            assert_int_equal(tariff_price(t, n), c.lines[i].price);
        units += c.lines[i].count;
        sum += c.lines[i].sum;
    }
    assert_int_equal(units, quantity);
    assert_int_equal(sum, c.total);
    return c.total / 100;
}

static void items_by_the_month(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = law_edition(life);
    const struct tariff *t = tariff_of(e, "items");
    static const int64_t VECTORS[][2] = {{10, 0},   {11, 100}, {30, 100}, {31, 200},
                                         {40, 200}, {41, 300}, {50, 300}, {51, 400}};
    assert_true(t->by_month);
    for (size_t i = 0; i < sizeof VECTORS / sizeof *VECTORS; i++) {
        assert_int_equal(tariff_price(t, VECTORS[i][0]), VECTORS[i][1] * 100);
        assert_int_equal(yuan(life, t, VECTORS[i][0] - 1, 1), VECTORS[i][1]);
    }
    assert_int_equal(yuan(life, t, 0, 32), 2400);
    assert_int_equal(yuan(life, t, 0, 10), 0);
    /* However the month is cut up, it comes to the same; and by the formula of the statute. */
    int64_t formula = 0;
    for (int64_t k = 1; k <= 250; k++) {
        formula += k <= 10 ? 0 : k <= 30 ? 100 : 100 * (2 + (k - 31) / 10);
        assert_int_equal(yuan(life, t, 0, k), formula);
        assert_int_equal(yuan(life, t, 0, k / 3) + yuan(life, t, k / 3, k - k / 3), formula);
    }
}

static void pages_of_one_application(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = law_edition(life);
    const struct tariff *t = tariff_of(e, "pages");
    static const int64_t VECTORS[][2] = {{30, 0}, {31, 10}, {100, 700}, {101, 720}, {200, 2700}, {201, 2740}};
    assert_false(t->by_month);
    for (size_t i = 0; i < sizeof VECTORS / sizeof *VECTORS; i++)
        assert_int_equal(yuan(life, t, 0, VECTORS[i][0]), VECTORS[i][1]);
    for (int64_t p = 0; p <= 500; p++) {
        int64_t second = p < 30    ? 0
                         : p > 100 ? 70
                                   : p - 30,
                third = p < 100   ? 0
                        : p > 200 ? 100
                                  : p - 100,
                fourth = p < 200 ? 0 : p - 200;
        assert_int_equal(yuan(life, t, 0, p), 10 * second + 20 * third + 40 * fourth);
    }
}

static void earlier_ones_count_only_by_the_month(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = law_edition(life);
    const struct event_kind *k = edition_event(e, "fee-decided");
    struct charge c;
    json_t *data =
        json_adopt(life, json_pack("{s:s,s:i,s:i}", "basis", "items", "quantity", 2, "earlier", 10));
    must(charge_of(life, e, k, data, DAY, &c));
    assert_int_equal(c.total, 20000);
    json_object_set_new(data, "basis", json_string("pages"));
    json_object_set_new(data, "quantity", json_integer(31));
    must(charge_of(life, e, k, data, DAY, &c));
    assert_int_equal(c.total, 1000);
    assert_int_equal(c.earlier, 0);
    /* Before the day since which the tariffs hold nothing may be charged. */
    must(charge_of(life, e, k, data, (struct civil){2020, 12, 31}, &c));
    assert_null(c.tariff);
    assert_true(charge_exceeds(&c, k, data));
    assert_null(tariff_on(e, "items", (struct civil){2020, 12, 31}));
    assert_non_null(tariff_on(e, "items", (struct civil){2021, 1, 1}));
}

static void no_more_than_the_tariff(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = law_edition(life);
    const struct event_kind *k = edition_event(e, "fee-notified");
    static const struct {
        int64_t quantity, amount;
        bool exceeds;
    } CASES[] = {{33, 3000, false}, {33, 3001, true}, {33, 2999, false}, {30, 1, true}, {30, 0, true}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct charge c;
        json_t *data =
            json_adopt(life, json_pack("{s:s,s:I,s:I}", "basis", "pages", "quantity",
                                       (json_int_t)CASES[i].quantity, "amount", (json_int_t)CASES[i].amount));
        must(charge_of(life, e, k, data, DAY, &c));
        assert_int_equal(charge_exceeds(&c, k, data), CASES[i].exceeds);
    }
}

static void every_number_says_where_it_is_from(void **state)
{
    (void)state;
    SCOPED_LIFE(life);
    const struct edition *e = law_edition(life);
    assert_int_equal(e->tariff_count, 2);
    for (size_t i = 0; i < e->tariff_count; i++) {
        const struct tariff *t = &e->tariffs[i];
        assert_int_equal(t->mark, 'R'); /* 办法11, recalled */
        assert_string_equal(t->confirm, "legal");
        for (size_t b = 0; b < t->band_count; b++)
            assert_int_equal(t->bands[b].mark, 'V');
    }
    struct charge c;
    assert_non_null(tariff_charge(life, &e->tariffs[0], -1, 1, &c));
    assert_non_null(tariff_charge(life, &e->tariffs[0], 0, TARIFF_QUANTITY_MOST + 1, &c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_by_the_month),
        cmocka_unit_test(pages_of_one_application),
        cmocka_unit_test(earlier_ones_count_only_by_the_month),
        cmocka_unit_test(no_more_than_the_tariff),
        cmocka_unit_test(every_number_says_where_it_is_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
