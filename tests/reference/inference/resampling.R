# Resampling by brute force: score bootstrap of non-linear models over all patterns of signs, wild
# cluster bootstrap and Romano-Wolf with a fit for every draw, permutations within strata with a fit
# for each; Darwin's maize (boot::darwin). Reads data/clustered.csv, writes resampling.json.
# Rscript tests/reference/inference/resampling.R tests/reference/inference
suppressPackageStartupMessages({library(jsonlite); library(sandwich); library(MASS); library(boot)})
folder <- commandArgs(trailingOnly = TRUE)[1]
d <- read.csv(file.path(folder, "data", "clustered.csv"))
places <- sort(unique(d$place)); G <- length(places)
all_signs <- function(G) as.matrix(expand.grid(rep(list(c(1, -1)), G)))
by_place <- function(v) as.numeric(tapply(v, factor(d$place, places), sum))

statistic <- function(a) sum(a) / sqrt(sum((a - mean(a))^2))
score_p <- function(a) {
  t <- statistic(a)
  t_star <- apply(all_signs(G), 1, function(v) statistic(a * v))
  list(t = t, p = mean(abs(t_star) >= abs(t) * (1 - 1e-10)),
       low = mean(t_star <= t + 1e-10 * abs(t)), high = mean(t_star >= t - 1e-10 * abs(t)))
}
glm_case <- function(outcome, family, null) {
  X <- cbind(1, d$x, d$treated)
  held <- glm(d[[outcome]] ~ treated, family = family, data = d, offset = null * d$x,
              control = glm.control(epsilon = 1e-14, maxit = 100))
  mu <- fitted(held)
  w <- if (family == "binomial") mu * (1 - mu) else mu
  a <- by_place(drop(X %*% solve(t(X) %*% (w * X))[2, ]) * (d[[outcome]] - mu))
  c(list(model = family, null = null), score_p(a))
}
ordered_case <- function() {
  held <- polr(factor(score) ~ treated, d, control = list(reltol = 1e-16, maxit = 1000))
  theta <- c(0, coef(held), held$zeta); cuts <- length(held$zeta)
  loglik <- function(th) {
    eta <- th[1] * d$x + th[2] * d$treated; z <- c(-Inf, th[-(1:2)], Inf)
    log(plogis(z[d$score + 1] - eta) - plogis(z[d$score] - eta))
  }
  h <- 1e-4
  step <- function(i, k) {v <- numeric(2 + cuts); v[i] <- k * h; v}
  five <- function(f, i) (8 * (f(theta + step(i, 1)) - f(theta - step(i, 1))) -
                          (f(theta + step(i, 2)) - f(theta - step(i, 2)))) / (12 * h)
  rows <- sapply(seq_along(theta), function(i) five(loglik, i))
  theta_kept <- theta
  H <- -sapply(seq_along(theta), function(j) {
    gradient <- function(th) {theta <<- th; on.exit(theta <<- theta_kept)
      sapply(seq_along(th), function(i) sum(five(loglik, i)))}
    (8 * (gradient(theta_kept + step(j, 1)) - gradient(theta_kept - step(j, 1))) -
     (gradient(theta_kept + step(j, 2)) - gradient(theta_kept - step(j, 2)))) / (12 * h)
  })
  a <- by_place(drop(rows %*% solve((H + t(H)) / 2)[1, ]))
  c(list(model = "ordered", null = 0), score_p(a))
}

# Three outcomes, eight clusters: each draw of each hypothesis is a fit of its own.
few <- d[d$place %in% places[1:8], ]; few_places <- sort(unique(few$place))
signs <- all_signs(8)
t_of <- function(outcome, imposed_on = 0) {
  fit <- lm(outcome ~ x + treated, cbind(few, outcome))
  V <- vcovCL(fit, cluster = few$place, type = "HC1", cadjust = TRUE)
  (coef(fit)[["x"]] - imposed_on) / sqrt(V["x", "x"])
}
draws_of <- function(name, weights = signs) {
  held <- lm(few[[name]] ~ treated, few); g <- match(few$place, few_places)
  apply(weights, 1, function(v) t_of(fitted(held) + resid(held) * v[g]))
}
unrestricted_draws <- function(name) {
  fit <- lm(few[[name]] ~ x + treated, few); g <- match(few$place, few_places)
  apply(signs, 1, function(v) t_of(fitted(fit) + resid(fit) * v[g], coef(fit)[["x"]]))
}
outcomes <- c("y", "hit", "events")
t_hat <- sapply(outcomes, function(o) t_of(few[[o]]))
t_star <- sapply(outcomes, draws_of)
step_down <- function(t, star) {
  order <- order(-abs(t)); p <- numeric(length(t)); so_far <- 0
  for (i in seq_along(order)) {
    rest <- order[i:length(order)]
    largest <- apply(abs(star[, rest, drop = FALSE]), 1, max)
    so_far <- max(so_far, mean(largest >= abs(t[order[i]]) * (1 - 1e-10))); p[order[i]] <- so_far
  }
  p
}
y_star <- unrestricted_draws("y")
wild <- list(t = unname(t_hat), t_star = unname(t_star), unrestricted = y_star,
             equal_tailed = 2 * min(mean(t_star[, 1] <= t_hat[1] + 1e-10), mean(t_star[, 1] >= t_hat[1] - 1e-10)),
             romano_wolf = unname(step_down(t_hat, t_star)),
             single = sapply(abs(t_hat), function(t) mean(apply(abs(t_star), 1, max) >= t * (1 - 1e-10)), USE.NAMES = FALSE))

# Two strata of 5 and 6 rows; all 10 x 20 ways of handing out 2 and 3 treatments; a fit for each.
set.seed(7)
p <- data.frame(s = rep(1:2, c(5, 6)), x = round(rnorm(11), 3), d = c(1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0))
p$y <- round(0.8 * p$d + p$x + p$s + rnorm(11), 3)
effect <- function(treated, y = p$y) coef(lm(y ~ treated + x + factor(s), cbind(p, treated)))[["treated"]]
ways <- list(combn(5, 2), combn(6, 3) + 5)
permuted <- c(apply(ways[[1]], 2, function(one) apply(ways[[2]], 2, function(two)
  effect(as.numeric(seq_len(11) %in% c(one, two))))))
permutation <- list(data = p, effect = effect(p$d), p = mean(abs(permuted) >= abs(effect(p$d)) - 1e-10))

differences <- darwin$y
flips <- all_signs(length(differences)) %*% differences
maize <- list(differences = differences, two_sided = sum(abs(flips) >= abs(sum(differences)) - 1e-9),
              of = nrow(flips))

out <- list(
  version = list(R = R.version.string, sandwich = as.character(packageVersion("sandwich")),
                 MASS = as.character(packageVersion("MASS")), boot = as.character(packageVersion("boot"))),
  score = list(glm_case("hit", "binomial", 0), glm_case("hit", "binomial", 0.6),
               glm_case("events", "poisson", 0), glm_case("events", "poisson", 0.45), ordered_case()),
  wild = wild, permutation = permutation, maize = maize)
write(toJSON(out, auto_unbox = TRUE, digits = 15, pretty = FALSE, matrix = "rowmajor"), file.path(folder, "resampling.json"))
