using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices;

/// <summary>What became of one notice that was in doubt.</summary>
/// <param name="Notice">The notice.</param>
/// <param name="Done">Whether the doubt is over.</param>
/// <param name="State">Its state now; null where there is no such notice.</param>
public sealed record NoticeResolved(NoticeId Notice, bool Done, NoticeState? State);

/// <summary>What operators do about notices.</summary>
public sealed class NoticeOperations(Store store, TimeProvider time)
{
    /// <summary>Ends the doubt about notices: they arrived, or are sent again. Each on its own.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<IReadOnlyList<NoticeResolved>> Resolve(
        Actor by, IReadOnlyList<NoticeId> notices, bool arrived, string reason)
    {
        by.Require(Role.Operator);
        var resolved = new List<NoticeResolved>();
        foreach (var id in notices.Distinct())
        {
            var done = await store.Write(db =>
                Resolution.Resolve(db, id, arrived, (by.Id, reason), time.Now()));
            resolved.Add(new NoticeResolved(id, done, store.Read(db => NoticeList.Find(db, id))?.State));
        }
        return resolved;
    }
}
